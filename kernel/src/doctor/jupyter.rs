//! Python, the private JupyterLab, and the kernelspecs that start this kernel.

use std::path::Path;

use super::Check;
use crate::kernelspec::{self, Scope};
use crate::python::Python;
use crate::venv::{self, Venv};

pub fn checks() -> Vec<Check> {
    let python = Python::find();
    let venv = python.as_ref().ok().and_then(|python| Venv::locate(python).ok());
    let first = match &python {
        Ok(python) => match python.check() {
            Ok(()) => {
                let Python { version, executable, .. } = python;
                Check::found("Python", format!("{version} with venv and pip: {}", executable.display()))
            }
            Err(error) => Check::missing("Python", error.to_string()),
        },
        Err(error) => Check::missing("Python", error.to_string()),
    };
    vec![first, jupyterlab(venv.as_ref()), kernelspecs(venv.as_ref())]
}

fn jupyterlab(venv: Option<&Venv>) -> Check {
    let version = venv::version_of("jupyterlab");
    match venv {
        Some(venv) if venv.is_complete() => {
            Check::found("JupyterLab", format!("{version}, private: {}", venv.folder.display()))
        }
        Some(venv) if venv.folder.exists() => {
            Check::absent("JupyterLab", "half made; `ferrolab lab` makes it anew")
        }
        _ => Check::absent("JupyterLab", format!("{version} is installed by the first `ferrolab lab`")),
    }
}

fn kernelspecs(venv: Option<&Venv>) -> Check {
    let private = venv.map(|venv| Scope::Prefix(venv.folder.clone()));
    let scopes = [Some(Scope::User), Some(Scope::SysPrefix), private].into_iter().flatten();
    let mut folders: Vec<_> = scopes.filter_map(|scope| scope.kernels_folder().ok()).collect();
    folders.dedup();
    let lines: Vec<_> = kernelspec::find(&folders)
        .into_iter()
        .map(|(folder, spec)| {
            // As Jupyter fills it in; the kernelspec of a wheel stands in whatever environment that is put.
            let program = spec.argv.first().map_or("", String::as_str);
            let program = program.replace("{resource_dir}", &folder.to_string_lossy());
            let state = if Path::new(&program).is_file() {
                String::new()
            } else {
                format!(" (starts {program}, which is gone: install it again)")
            };
            format!("{}{state}", folder.display())
        })
        .collect();
    if lines.is_empty() {
        Check::absent("kernelspecs", "none; `ferrolab install` adds one to your own Jupyter")
    } else {
        Check::found("kernelspecs", lines.join("\n"))
    }
}
