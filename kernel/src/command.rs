//! The command line of `ferrolab`: what can be asked, and its help.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::engine::{Kind, VARIABLE};
use crate::kernelspec::{self, KERNEL_NAME, Scope};
use crate::notebook::parameters::Parameter;

/// A Jupyter kernel for Rust and deep learning, with its own JupyterLab.
#[derive(Debug, Parser)]
#[command(name = "ferrolab", version, override_usage = "ferrolab [PATH]\n       ferrolab <COMMAND> …", after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples (inside a clone, `cargo lab` is the same as `ferrolab`):
  ferrolab                                  the course in JupyterLab
  ferrolab notebooks/02-cnn.ipynb           one notebook in JupyterLab
  ferrolab run 02-cnn.ipynb -p epochs=1     executes without a browser
  ferrolab test notebooks                   notebooks as tests
  ferrolab book                             notebooks as a site with search
  ferrolab install                          the kernel for the Jupyter you have
  ferrolab doctor                           what is missing, and how to mend it";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens JupyterLab, from a private environment with pinned versions (what happens without a command)
    Lab(LabArgs),
    /// Executes notebooks and writes the executed copies; a failing cell ends with exit code 1
    Run(RunArgs),
    /// Executes notebooks as tests; nothing is written
    Test(TestArgs),
    /// Executes notebooks and makes a site of them that opens from disk, with search
    Book(BookArgs),
    /// Makes the kernel known to a Jupyter that is already there
    Install(InstallArgs),
    /// Takes the kernel away from Jupyter
    Uninstall(UninstallArgs),
    /// Says what is found, what is missing and how to mend it; tries a GPU out
    Doctor(GpuArgs),
    /// What Jupyter starts
    Kernel(KernelArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ferrolab lab                              the course, else the current folder
  ferrolab lab notebooks/02-cnn.ipynb
  ferrolab lab -- --no-browser --port 8899  what follows `--` goes to `jupyter lab`")]
pub struct LabArgs {
    /// A notebook or a folder [default: the folder `notebooks` of the project, else the current folder]
    pub path: Option<PathBuf>,
    /// Arguments for `jupyter lab`
    #[arg(last = true, value_name = "JUPYTER ARGUMENTS")]
    pub jupyter: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ferrolab run 02-cnn.ipynb                             writes out/02-cnn.ipynb
  ferrolab run 02-cnn.ipynb --output public --html      and public/02-cnn.html
  ferrolab run 02-cnn.ipynb -p epochs=1 -p name=quick   overrides the cell tagged `parameters`
  ferrolab run notebooks --jobs 2 --timeout 600         a whole folder, two at a time

Cells tagged `raises-exception` may fail; cells tagged `skip-execution` are left alone.
The copy is written even when a cell fails, with everything until then.")]
pub struct RunArgs {
    /// Notebooks, or folders of them
    #[arg(required = true)]
    pub notebooks: Vec<PathBuf>,
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Folder for the executed copies
    #[arg(long, short, value_name = "DIR", default_value = "out")]
    pub output: PathBuf,
    /// Writes a self-contained page too
    #[arg(long)]
    pub html: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ferrolab test notebooks
  ferrolab test 01-first.ipynb 02-cnn.ipynb --jobs 2 --timeout 600
  ferrolab test notebooks --junit results.xml           for the CI service

Cells tagged `raises-exception` may fail; cells tagged `skip-execution` are left alone.
The last line is `N passed, N failed`; the exit code is 1 if any failed.")]
pub struct TestArgs {
    /// Notebooks, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub notebooks: Vec<PathBuf>,
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Writes the results in JUnit's XML format too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ferrolab book                                         the course, executed: out/book/index.html
  ferrolab book -p epochs=1 --jobs 2                    sooner, and worse
  ferrolab book --executed out                          from copies that `ferrolab run notebooks` has written
  ferrolab book talks/*.ipynb --title 'My talks' --output site

The pages are in the order of the notebooks' names. Without network: everything lies in the folder.")]
pub struct BookArgs {
    /// Notebooks, or folders of them [default: the folder `notebooks` of the project, else the current folder]
    pub notebooks: Vec<PathBuf>,
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Folder for the site; the executed notebooks go to its folder `notebooks`
    #[arg(long, short, value_name = "DIR", default_value = "out/book")]
    pub output: PathBuf,
    /// Takes the executed copies from this folder instead of executing
    #[arg(long, value_name = "DIR")]
    pub executed: Option<PathBuf>,
    /// What stands above everything
    #[arg(long, default_value = "Deep learning in Rust, with ferrolab")]
    pub title: String,
}

impl InstallArgs {
    /// The name of the kernelspec.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(kernelspec::names(self.engine).0)
    }

    /// What launchers show.
    pub fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(kernelspec::names(self.engine).1)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ferrolab doctor                           what is missing, and how to mend it
  ferrolab doctor --gpu                     every operation on the GPU against the CPU, with times
  ferrolab doctor --gpu --quick             without times
  ferrolab doctor --gpu=1                   on the second GPU

The report of `--gpu` is Markdown, made to be pasted into an issue. The exit code is 1 where something is missing or wrong.")]
pub struct GpuArgs {
    /// Tries an NVIDIA GPU out, the first one or that of a number
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    pub gpu: Option<usize>,
    /// Compares results only, on little arrays
    #[arg(long, requires = "gpu")]
    pub quick: bool,
}

/// What `run` and `test` share.
#[derive(Debug, Args)]
pub struct ExecutionArgs {
    /// Overrides a variable of the cell tagged `parameters` (may be repeated)
    #[arg(short = 'p', long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<Parameter>,
    /// Interrupts and fails a cell that takes longer [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Notebooks executed at the same time
    #[arg(long, short, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// What evaluates the cells
    #[arg(long, value_enum, env = VARIABLE, default_value_t)]
    pub engine: Kind,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ferrolab install                          for all Jupyters of this user
  ferrolab install --sys-prefix             for the active virtual or conda environment
  ferrolab install --engine evcxr           cells are compiled by evcxr
  ferrolab install --name ferrolab-gpu --display-name 'Rust (GPU 0)' --env CUDA_VISIBLE_DEVICES=0")]
pub struct InstallArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// What evaluates the cells
    #[arg(long, value_enum, default_value_t)]
    pub engine: Kind,
    /// Name of the kernelspec [default: ferrolab, and for the engine evcxr ferrolab-evcxr]
    #[arg(long)]
    pub name: Option<String>,
    /// What launchers show [default: Rust (ferrolab), and for the engine evcxr Rust (ferrolab, evcxr)]
    #[arg(long)]
    pub display_name: Option<String>,
    /// An environment variable for the kernel (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = kernelspec::parse_env)]
    pub env: Vec<(String, String)>,
    /// A kernel that does not keep the cells that are run (for up-arrow and search in consoles)
    #[arg(long)]
    pub no_history: bool,
}

#[derive(Debug, Args)]
pub struct UninstallArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Name of the kernelspec
    #[arg(long, default_value = KERNEL_NAME)]
    pub name: String,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct ScopeArgs {
    /// All Jupyters of this user (the default)
    #[arg(long)]
    user: bool,
    /// The active virtual or conda environment
    #[arg(long)]
    sys_prefix: bool,
    /// The environment in this folder
    #[arg(long, value_name = "FOLDER")]
    prefix: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct KernelArgs {
    /// The file in which Jupyter says where to listen
    #[arg(long, short = 'f', value_name = "FILE")]
    pub connection_file: PathBuf,
    /// Does not keep the cells that are run in the user's data folder
    #[arg(long)]
    pub no_history: bool,
    /// What evaluates the cells
    #[arg(long, value_enum, env = VARIABLE, default_value_t)]
    pub engine: Kind,
}

impl ScopeArgs {
    pub fn scope(&self) -> Scope {
        match &self.prefix {
            Some(prefix) => Scope::Prefix(prefix.clone()),
            None if self.sys_prefix => Scope::SysPrefix,
            None => Scope::User,
        }
    }
}

impl Cli {
    /// Reads the arguments of the process (without the program's name); ends it with help or a message if need be.
    pub fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments = with_command(arguments.into_iter().collect());
        Self::parse_from(std::iter::once("ferrolab".into()).chain(arguments))
    }
}

/// Adds the command `lab` where none is given, so that `cargo lab`, `cargo lab PATH` and `cargo lab run …` all work.
pub fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let lab_is_first = arguments.first().is_some_and(|first| first == "lab");
    let command_after_lab = arguments.get(1).is_some_and(is_command);
    if lab_is_first && command_after_lab {
        arguments.remove(0);
    } else if arguments.first().is_none_or(is_for_lab) {
        arguments.insert(0, "lab".into());
    }
    arguments
}

fn is_command(argument: &OsString) -> bool {
    let cli = Cli::command();
    cli.get_subcommands().any(|command| *argument == *command.get_name())
}

/// Whether a first argument belongs to `lab`: a path, or what follows `--`. A word that is neither a command nor a path
/// stays, and clap says which command was perhaps meant.
fn is_for_lab(first: &OsString) -> bool {
    let path = Path::new(first);
    let looks_like_a_path = path.components().count() > 1 || path.extension().is_some() || path.exists();
    first == "--" || (!is_command(first) && looks_like_a_path)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| format!("expected seconds, found `{text}`"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(format!("expected a time above zero, found `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(line: &str) -> String {
        let arguments = line.split_whitespace().map(OsString::from).collect();
        with_command(arguments).join(&OsString::from(" ")).into_string().unwrap()
    }

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        let line = format!("ferrolab {line}");
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_is_lab() {
        assert_eq!(completed(""), "lab");
        assert_eq!(completed("a/b.ipynb"), "lab a/b.ipynb");
        assert_eq!(completed("src"), "lab src");
        assert_eq!(completed("-- --no-browser"), "lab -- --no-browser");
    }

    #[test]
    fn lab_before_a_command_means_nothing() {
        assert_eq!(completed("lab run a.ipynb"), "run a.ipynb");
        assert_eq!(completed("lab doctor"), "doctor");
        assert_eq!(completed("lab a.ipynb"), "lab a.ipynb");
    }

    #[test]
    fn commands_help_and_typing_errors_stay() {
        for line in ["run a.ipynb", "--help", "-V", "help", "instal"] {
            assert_eq!(completed(line), line);
        }
        let error = parse("instal").unwrap_err().to_string();
        assert!(error.contains("'install'"), "{error}");
    }

    #[test]
    fn run_takes_parameters_and_limits() {
        let cli = parse("run a.ipynb -p epochs=1 -p name=x --timeout 1.5 --jobs 3 --html").unwrap();
        let Command::Run(run) = cli.command else { panic!("not run") };
        assert_eq!(run.execution.parameters[1], Parameter { name: "name".into(), value: "x".into() });
        assert_eq!(run.execution.timeout, Some(Duration::from_millis(1500)));
        assert_eq!((run.execution.jobs, run.html, run.output), (3, true, "out".into()));
        for wrong in ["run", "run a -p epochs", "run a --timeout 0", "run a --timeout x", "run a --jobs 0"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_book_is_of_the_course_unless_said() {
        let cli = parse("book --executed out --jobs 2").unwrap();
        let Command::Book(book) = cli.command else { panic!("not book") };
        assert_eq!(
            (book.notebooks.len(), book.executed, book.output),
            (0, Some("out".into()), "out/book".into())
        );
        assert_eq!(completed("lab book a.ipynb"), "book a.ipynb");
    }

    #[test]
    fn install_goes_to_one_place() {
        let cli = parse("install --prefix /opt/x --env A=b").unwrap();
        let Command::Install(install) = cli.command else { panic!("not install") };
        assert_eq!(install.scope.scope(), Scope::Prefix("/opt/x".into()));
        assert_eq!(install.env, [("A".to_owned(), "b".to_owned())]);
        assert!(parse("install --user --sys-prefix").is_err());
    }
}
