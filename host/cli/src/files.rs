//! Which files are meant, and whether they can be written.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr as _, bail};

/// The bundles that arguments name: files as they are, of folders what ends in `.json` or
/// `.json.gz`, by number where the name begins with one.
///
/// # Errors
/// When a folder cannot be read or holds no bundle.
pub fn bundles(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(in_folder(path)?);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("{}: cannot read the folder", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).wrap_err_with(unreadable)? {
        let path = entry.wrap_err_with(unreadable)?.path();
        let name = path.to_string_lossy();
        if name.ends_with(".json") || name.ends_with(".json.gz") {
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("{}: no .json or .json.gz in it", folder.display());
    }
    found.sort_by_key(|path| (leading_number(path), path.clone()));
    Ok(found)
}

fn leading_number(path: &Path) -> u64 {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let digits = name.chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap_or(u64::MAX)
}

/// Creates a file that is written later, so that a bad path is found before any work.
///
/// # Errors
/// When it cannot be created; names the option and the path.
pub fn create(option: &str, path: &Path) -> Result<File> {
    File::create(path).wrap_err_with(|| format!("{option} {}: cannot write", path.display()))
}
