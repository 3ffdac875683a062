//! What is known of a data set before it is read: its `Card`.

use std::path::PathBuf;

use crate::fetch::DataSet;
use crate::{cache_folder, path};

/// What a data set is, where it comes from, who may use it, how to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name in lists and errors.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// How many of what.
    pub size: &'static str,
    /// What to write in a cell to get it.
    pub reader: &'static str,
    /// The columns of a table; empty where a reader gives something else.
    pub columns: &'static [Column],
    /// Who made it and where this copy is from.
    pub source: &'static str,
    /// What one may do with it.
    pub licence: &'static str,
    /// Where its files are.
    pub place: Place,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header line.
    pub name: &'static str,
    /// What it says.
    pub about: &'static str,
    /// The unit of its numbers; `""` where there is none.
    pub unit: &'static str,
}

impl Column {
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, unit: "" }
    }

    pub(crate) const fn of(name: &'static str, about: &'static str, unit: &'static str) -> Self {
        Self { name, about, unit }
    }
}

/// Where the files of a data set are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file or folder that comes with the project, as [`path`] takes it.
    Shipped(&'static str),
    /// The user's cache folder, once [`fetch`](crate::fetch) has downloaded it.
    Download(&'static DataSet),
}

impl Card {
    /// Whether the files are on this machine.
    pub fn is_here(&self) -> bool {
        match self.place {
            Place::Shipped(file) => path(file).exists(),
            Place::Download(set) => cache_folder().is_ok_and(|root| {
                let folder = root.join(set.name);
                set.files.iter().all(|file| folder.join(file.file).is_file())
            }),
        }
    }

    /// The path of its file in the project; `None` for downloads.
    pub(crate) fn shipped_path(&self) -> Option<PathBuf> {
        match self.place {
            Place::Shipped(file) => Some(path(file)),
            Place::Download(_) => None,
        }
    }
}
