//! Runs `gasworks`, and makes bundles, good and bad.

#![allow(dead_code)] // each test file uses a part

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use gasworks_workloads::{Params, Workload};
use serde_json::Value;

/// What a run left.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Fails unless it ended with `code` and says all of `parts` on standard error.
    #[track_caller]
    pub fn says(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        for part in parts {
            assert!(self.err.contains(part), "no {part:?} in {self:#?}");
        }
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }
}

pub fn gasworks(args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gasworks"));
    let output = command
        .args(args)
        .env_remove("GASWORKS_LOG")
        .output()
        .unwrap();
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A small block as JSON.
pub fn block(workload: Workload, txs: usize) -> Value {
    let params = Params {
        txs,
        conflict: 0.5,
        seed: 7,
    };
    let bundle = gasworks_workloads::bundle(workload, &params).unwrap();
    serde_json::from_str(&bundle.to_json()).unwrap()
}

/// Writes a file in a folder.
pub fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}
