//! Tells the crate where the headers and libraries are that a model with waves needs.

fn main() {
    for (from, to) in [
        ("DEP_LZ4_ROOT", "GASWORKS_LZ4"),
        ("DEP_Z_ROOT", "GASWORKS_ZLIB"),
    ] {
        let folder = std::env::var(from).unwrap_or_default();
        println!("cargo::rustc-env={to}={folder}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
