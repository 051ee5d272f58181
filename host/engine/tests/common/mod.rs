//! Finds the test data.

use std::path::PathBuf;

/// The bundles under `$GASWORKS_DATA/blocks`, by block number; empty, with a loud message, where
/// there are none.
pub fn blocks() -> Vec<PathBuf> {
    let root = std::env::var_os("GASWORKS_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let mut found: Vec<PathBuf> = std::fs::read_dir(root.join("blocks"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".json.gz"))
        .collect();
    found.sort_by_key(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.split('.')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap_or(u64::MAX)
    });
    if found.is_empty() {
        eprintln!("skipped: no block bundles (set GASWORKS_DATA)");
    }
    found
}
