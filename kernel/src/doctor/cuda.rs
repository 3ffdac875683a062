//! The CUDA driver, its GPUs, and the libraries that make products and convolutions faster; all found at run time, none needed.

use std::path::{Path, PathBuf};

use cudarc::driver::{DriverError, result, sys};
use cudarc::{cublas, cudnn};

use super::{Check, Finding};

/// The oldest cuDNN that the library uses, which the kernel does not link: see `src/cuda/dnn.rs`.
const OLDEST_CUDNN: usize = 90_000;

pub fn checks() -> Vec<Check> {
    let folders = library_folders();
    // SAFETY: looks for the library and loads it, which runs the code that NVIDIA runs when it is loaded; as below.
    let has_driver = unsafe { sys::is_culib_present() };
    let driver = match has_driver {
        true => Check::found("CUDA driver", place(&folders, "libcuda.so")),
        false => {
            Check::absent("CUDA driver", "none: the CPU is used (an NVIDIA card needs its driver installed)")
        }
    };
    let gpus = if has_driver { gpus() } else { Finding::Absent("none without the driver".to_owned()) };
    let helper = |name: &'static str, file: &str, does: &str, usable: &dyn Fn() -> Result<(), String>| {
        if !has_driver {
            return Check::absent(name, "of no use without the driver");
        }
        match usable() {
            Ok(()) => Check::found(name, place(&folders, file)),
            Err(why) => Check::absent(
                name,
                format!(
                    "{why}: {does} are our own kernels; with {file} in LD_LIBRARY_PATH, large ones are its"
                ),
            ),
        }
    };
    let missing = |file: &str, versions: &str| match find(&folders, file) {
        Some(library) => format!("{} is another version than {versions}", library.display()),
        None => "not found".to_owned(),
    };
    let blas = helper("cuBLAS", "libcublas.so", "products", &|| {
        // SAFETY: as above.
        let there = unsafe { cublas::sys::is_culib_present() };
        if there { Ok(()) } else { Err(missing("libcublas.so", "11 and 12")) }
    });
    let dnn = helper("cuDNN", "libcudnn.so", "convolutions", &|| {
        // SAFETY: as above.
        if !unsafe { cudnn::sys::is_culib_present() } {
            return Err(missing("libcudnn.so", "9"));
        }
        let version = cudnn::result::get_version();
        if version < OLDEST_CUDNN { Err(format!("version {} is too old", version / 1000)) } else { Ok(()) }
    });
    vec![driver, Check::new("GPU", gpus), blas, dnn]
}

/// The GPUs that the driver knows of, which is asked here: it may be there and not work.
fn gpus() -> Finding {
    let names = || -> Result<Vec<String>, DriverError> {
        result::init()?;
        let count = result::device::get_count()?;
        (0..count).map(|number| result::device::get_name(result::device::get(number)?)).collect()
    };
    match names() {
        Ok(names) => found(&names),
        Err(error) if error.0 == sys::CUresult::CUDA_ERROR_NO_DEVICE => found(&[]),
        Err(error) => Finding::Absent(format!(
            "the driver does not start ({:?}): `nvidia-smi` may tell more; the CPU is used",
            error.0
        )),
    }
}

fn found(names: &[String]) -> Finding {
    if names.is_empty() {
        return Finding::Absent("the driver is there, but knows of no GPU: the CPU is used".to_owned());
    }
    let lines = names.iter().enumerate().map(|(number, name)| format!("cuda:{number} {name}"));
    let lines: Vec<String> = lines.chain(["`ferrolab doctor --gpu` tries it out".to_owned()]).collect();
    Finding::Found(lines.join("\n"))
}

/// Where a library that the dynamic linker has found lies, as far as files tell.
fn place(folders: &[PathBuf], name: &str) -> String {
    find(folders, name).map_or_else(|| name.to_owned(), |library| library.display().to_string())
}

/// Where the dynamic linker looks, as far as files tell.
fn library_folders() -> Vec<PathBuf> {
    let given = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let toolkit = ["CUDA_HOME", "CUDA_PATH"]
        .into_iter()
        .filter_map(std::env::var_os)
        .map(|home| Path::new(&home).join("lib64"));
    let usual = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/lib/wsl/lib",
        "/usr/local/cuda/lib64",
        "/usr/local/nvidia/lib64",
    ];
    std::env::split_paths(&given).chain(toolkit).chain(usual.map(PathBuf::from)).collect()
}

/// The library with this name or with a version behind it: `libcuda.so`, `libcuda.so.1`.
fn find(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders.iter().find_map(|folder| {
        let mut found: Vec<_> = std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter(|entry| {
                let file = entry.file_name();
                let version = file.to_str().and_then(|file| file.strip_prefix(name));
                version.is_some_and(|version| version.is_empty() || version.starts_with('.'))
            })
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found.into_iter().next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_are_listed_as_devices_are_named() {
        let names = ["NVIDIA H200".to_owned()];
        let lines = "cuda:0 NVIDIA H200\n`ferrolab doctor --gpu` tries it out";
        assert_eq!(found(&names), Finding::Found(lines.to_owned()));
        assert!(matches!(found(&[]), Finding::Absent(text) if text.contains("knows of no GPU")));
    }

    #[test]
    fn a_library_is_found_with_and_without_version() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().to_owned()];
        std::fs::write(folder.path().join("libcudart.so.12"), "").unwrap();
        assert_eq!(find(&folders, "libcuda.so"), None);
        std::fs::write(folder.path().join("libcuda.so.1"), "").unwrap();
        assert_eq!(find(&folders, "libcuda.so"), Some(folder.path().join("libcuda.so.1")));
    }
}
