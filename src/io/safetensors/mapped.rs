//! Loading by a [`Mapping`], and the report of what fitted and what did not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use ferrolab_display::{MimeBundle, Show, escape};

use super::{File, FileError, Mapping};
use crate::raw::Raw;

/// What [`Module::load_mapped`](crate::Module::load_mapped) did. Shown as a table; the last expression of a cell is one place for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The file.
    pub path: PathBuf,
    /// How many tensors of the model got their values from the file; none after an error.
    pub loaded: usize,
    /// How many tensors the model has.
    pub of: usize,
    /// What did not fit, sorted by name: first the model's tensors, then those that only the file has.
    pub misfits: Vec<Misfit>,
}

/// A tensor that was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The file has none of this name.
    Missing { name: String, shape: Vec<usize> },
    /// The file's has another shape. `theirs` is its name there.
    Shape { name: String, shape: Vec<usize>, theirs: String, found: Vec<usize> },
    /// The mapping gives another tensor of the file the same name.
    Twice { name: String, theirs: String, found: Vec<usize> },
    /// The model has none of this name.
    Unexpected { name: String, theirs: String, found: Vec<usize> },
}

/// Gives the tensors of a model the values of those that the mapping calls the same.
pub(crate) fn load(path: &Path, mapping: &Mapping, state: &[(String, Raw)]) -> Result<Loaded, FileError> {
    let file = File::read(path)?;
    let own: BTreeMap<&str, &Raw> = state.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let tensors = mapping.of(&file, |name| own.get(name).map(|tensor| tensor.sizes()));

    let (mut fitting, mut misfits, mut unexpected) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for (name, theirs, array) in &tensors {
        let (theirs, found) = ((*theirs).to_owned(), array.sizes().to_vec());
        let Some(tensor) = own.get(name.as_str()) else {
            unexpected.push(Misfit::Unexpected { name: name.clone(), theirs, found });
            continue;
        };
        let shape = tensor.sizes();
        if !seen.insert(name.as_str()) {
            misfits.push(Misfit::Twice { name: name.clone(), theirs, found });
        } else if mapping.keeps(name) {
        } else if shape != found {
            misfits.push(Misfit::Shape { name: name.clone(), shape, theirs, found });
        } else {
            fitting.push((*tensor, array));
        }
    }
    let missing = state.iter().filter(|(name, _)| !seen.contains(name.as_str()) && !mapping.keeps(name));
    misfits
        .extend(missing.map(|(name, tensor)| Misfit::Missing { name: name.clone(), shape: tensor.sizes() }));
    misfits.sort_by(|a, b| a.name().cmp(b.name()));
    misfits.extend(unexpected);

    let mut report = Loaded { path: file.path().into(), loaded: 0, of: state.len(), misfits };
    // A file of which nothing fits is a mistake, whatever was asked for.
    if !report.misfits.is_empty() && (mapping.strict || fitting.is_empty()) {
        return Err(FileError::Mapped(Box::new(report)));
    }
    for (tensor, array) in &fitting {
        tensor.set((*array).clone());
    }
    report.loaded = fitting.len();
    Ok(report)
}

impl Misfit {
    fn name(&self) -> &str {
        match self {
            Misfit::Missing { name, .. }
            | Misfit::Shape { name, .. }
            | Misfit::Twice { name, .. }
            | Misfit::Unexpected { name, .. } => name,
        }
    }

    /// Tensor of the model, its shape, tensor of the file, its shape, what is wrong.
    fn cells(&self) -> [String; 5] {
        let text = |sizes: &[usize]| format!("{sizes:?}");
        match self {
            Misfit::Missing { name, shape } => {
                [name.clone(), text(shape), String::new(), String::new(), "missing in the file".into()]
            }
            Misfit::Shape { name, shape, theirs, found } => {
                [name.clone(), text(shape), theirs.clone(), text(found), "another shape".into()]
            }
            Misfit::Twice { name, theirs, found } => {
                let problem = "a second tensor for it".into();
                [name.clone(), String::new(), theirs.clone(), text(found), problem]
            }
            Misfit::Unexpected { name, theirs, found } => {
                let problem = if name == theirs {
                    "the model has no such tensor".into()
                } else {
                    format!("the model has no `{name}`")
                };
                [String::new(), String::new(), theirs.clone(), text(found), problem]
            }
        }
    }
}

const TITLES: [&str; 5] = ["model", "shape", "file", "shape", "problem"];

impl Loaded {
    fn headline(&self) -> String {
        let path = self.path.display();
        match (self.loaded, self.misfits.len()) {
            (loaded, 0) => format!("{loaded} of {} tensors loaded from `{path}`", self.of),
            (0, 1) => format!("`{path}`: 1 tensor does not fit the model, so nothing was loaded"),
            (0, n) => format!("`{path}`: {n} tensors do not fit the model, so nothing was loaded"),
            (loaded, n) => {
                format!("{loaded} of {} tensors loaded from `{path}`, {n} that do not fit left out", self.of)
            }
        }
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        if self.misfits.is_empty() {
            return Ok(());
        }
        let rows: Vec<[String; 5]> = std::iter::once(TITLES.map(str::to_owned))
            .chain(self.misfits.iter().map(Misfit::cells))
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3].map(width);
        write!(f, ":")?;
        for row in &rows {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| format!("{:w$}", row[i], w = widths[i]));
            write!(f, "\n{}", format!("{a}  {b}  {c}  {d}  {}", row[4]).trim_end())?;
        }
        Ok(())
    }
}

impl Show for Loaded {
    fn bundle(&self) -> MimeBundle {
        let row = |tag: &str, cells: &[String; 5]| {
            let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
            format!("<tr>{cells}</tr>")
        };
        let table = if self.misfits.is_empty() {
            String::new()
        } else {
            let rows: String = self.misfits.iter().map(|misfit| row("td", &misfit.cells())).collect();
            format!(
                "<table><thead>{}</thead><tbody>{rows}</tbody></table>",
                row("th", &TITLES.map(str::to_owned))
            )
        };
        let html = format!("<p>{}</p>{table}", escape(&self.headline()));
        MimeBundle::new().html(html).text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::nn::Module;
    use crate::prelude::*;

    fn saved(tensors: &[(&str, &[usize])]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.safetensors");
        let tensors: Vec<(String, Raw)> = tensors
            .iter()
            .map(|(name, sizes)| ((*name).to_owned(), Raw::new(Array::full(sizes, 0.5))))
            .collect();
        super::super::save(&path, &tensors, &[]).unwrap();
        (folder, path)
    }

    fn values(model: &impl Module) -> Vec<f32> {
        model.state().iter().flat_map(|(_, tensor)| tensor.to_vec()).collect()
    }

    #[test]
    fn everything_that_does_not_fit_is_in_one_table_and_nothing_is_changed() {
        let (_folder, path) = saved(&[
            ("net.fc.weight", &[3, 5]),
            ("net.fc.bias", &[3]),
            ("bias", &[3]),
            ("net.extra", &[2, 2]),
            ("old", &[1]),
        ]);
        let mut model = sequential!(Input([4]).dense(3).relu().dense(2));
        let before = values(&model);
        let mapping = Mapping::new().strip_prefix("net").rename("fc.*", "0.*").rename("bias", "0.bias");
        let text = model.load_mapped(&path, &mapping).unwrap_err().to_string();
        assert_eq!(
            text.replace(&path.display().to_string(), "F"),
            "`F`: 6 tensors do not fit the model, so nothing was loaded:
model     shape   file           shape   problem
0.bias            net.fc.bias    [3]     a second tensor for it
0.weight  [3, 4]  net.fc.weight  [3, 5]  another shape
2.bias    [2]                            missing in the file
2.weight  [2, 3]                         missing in the file
                  net.extra      [2, 2]  the model has no `extra`
                  old            [1]     the model has no such tensor"
        );
        assert_eq!(values(&model), before);
    }

    #[test]
    fn what_fits_is_loaded_when_that_is_asked_for() {
        let (_folder, path) = saved(&[("0.weight", &[3, 4]), ("0.bias", &[3]), ("2.weight", &[9, 3])]);
        let mut model = sequential!(Input([4]).dense(3).relu().dense(2));
        let head = model.state()[2].1.to_vec();
        let loaded = model.load_mapped(&path, &Mapping::new().strict(false)).unwrap();
        assert_eq!((loaded.loaded, loaded.of, loaded.misfits.len()), (2, 4, 2));
        assert!(loaded.to_string().starts_with("2 of 4 tensors loaded from `"));
        assert!(loaded.bundle().get("text/html").unwrap().as_str().unwrap().contains("<td>[9, 3]</td>"));
        assert_eq!(model.state()[0].1.to_vec(), [0.5; 12]);
        assert_eq!(model.state()[2].1.to_vec(), head);
        // The same, said beforehand.
        let loaded = model.load_mapped(&path, &Mapping::new().keep("2.*")).unwrap();
        assert_eq!((loaded.loaded, loaded.misfits.len()), (2, 0));
    }

    #[test]
    fn a_file_of_which_nothing_fits_is_an_error_in_any_case() {
        let (_folder, path) = saved(&[("a", &[1])]);
        let mut model = sequential!(Input([4]).dense(3));
        assert!(model.load_mapped(&path, &Mapping::new().strict(false)).is_err());
        assert!(model.load_mapped(&path, &Mapping::new().skip("*").keep("**")).is_ok());
    }
}
