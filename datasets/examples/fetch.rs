//! Downloads public data sets into the user's cache folder: `cargo run -p ferrolab-datasets --example fetch -- mnist cifar10`.

use std::process::ExitCode;

use ferrolab_datasets::{CATALOG, fetch};

fn main() -> ExitCode {
    let names: Vec<_> = std::env::args().skip(1).collect();
    if names.is_empty() {
        for set in CATALOG {
            println!(
                "{:14} {:4} MB  {}; licence: {}",
                set.name,
                set.bytes() / 1_000_000,
                set.about,
                set.licence
            );
        }
    }
    for name in names {
        match fetch(&name) {
            Ok(folder) => println!("{name} is in {}", folder.display()),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
