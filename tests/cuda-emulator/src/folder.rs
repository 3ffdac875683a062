//! The folder that a program finds the emulator in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The names a program looks for. Never `libcuda.so.1`: NVIDIA's own compiler opens that one and expects a real driver behind it.
const NAMES: [&str; 3] = ["libcuda.so", "libcublas.so", "libcudnn.so"];

/// Finds the emulator's library beside the running test and makes a folder with links to it, as `libcuda.so`, `libcublas.so` and
/// `libcudnn.so`.
///
/// A program that is started with this folder in front of `LD_LIBRARY_PATH` uses the emulator. The library is not called
/// `libcuda.so` itself, because cargo puts its folder on the path of every test, and none must find a false GPU.
///
/// ```no_run
/// use std::process::Command;
///
/// let folder = ferrolab_cuda_emulator::library_folder()?;
/// Command::new("./program").env("LD_LIBRARY_PATH", folder).status()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn library_folder() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let library =
        format!("{}ferrolab_cuda_emulator{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    // Beside the test, or above it; documentation tests run from a temporary folder, so cargo's path is searched as well.
    let near =
        program.ancestors().skip(1).take(3).flat_map(|folder| [folder.join("deps"), folder.to_path_buf()]);
    let path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let found = near
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(&library))
        .filter(|file| file.is_file());
    // The newest one: an older copy may lie beside it.
    let newest = found.max_by_key(|file| file.metadata().and_then(|data| data.modified()).ok());
    let newest = newest.ok_or_else(|| {
        let message = format!("{library} is not beside {}: is it built?", program.display());
        io::Error::new(io::ErrorKind::NotFound, message)
    })?;
    let folder = newest.with_file_name("ferrolab-cuda-emulator");
    fs::create_dir_all(&folder)?;
    NAMES.iter().try_for_each(|name| link(&newest, &folder.join(name)))?;
    Ok(folder)
}

/// Several tests may do this at once, so the link appears at its place in one step.
fn link(library: &Path, place: &Path) -> io::Result<()> {
    if fs::read_link(place).is_ok_and(|target| target == library) {
        return Ok(());
    }
    let temporary = place.with_extension(format!("{}", std::process::id()));
    let _ = fs::remove_file(&temporary);
    std::os::unix::fs::symlink(library, &temporary)?;
    fs::rename(&temporary, place)
}
