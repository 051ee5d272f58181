//! Who may depend on whom: the rooms of the workspace and the fence around `rust-hdl`.

use crate::process::{cargo, output};
use color_eyre::eyre::{Context, Result, bail, eyre};
use serde_json::Value;

/// Crates of the workspace and what each may import of the others and of `rust-hdl`, in every kind
/// of dependency. Crates that only test, measure or build may import anything but `rust-hdl`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("gasworks-abi", &[]),
    ("gasworks-verilog", &["rust-hdl"]),
    (
        "gasworks-hdl",
        &["gasworks-abi", "gasworks-verilog", "rust-hdl"],
    ),
    ("gasworks-translate", &["gasworks-abi"]),
    // The ISS is the card that the driver is tested with; it is no part of it.
    (
        "gasworks-driver",
        &["gasworks-abi", "gasworks-translate", "gasworks-iss"],
    ),
    (
        "gasworks",
        &[
            "gasworks-abi",
            "gasworks-driver",
            "gasworks-translate",
            "gasworks-iss",
        ],
    ),
    (
        "gasworks-iss",
        &["gasworks-abi", "gasworks-driver", "gasworks-translate"],
    ),
    (
        "gasworks-sim",
        &[
            "gasworks-abi",
            "gasworks-driver",
            "gasworks-hdl",
            "gasworks-verilog",
        ],
    ),
    (
        "gasworks-cli",
        &[
            "gasworks",
            "gasworks-abi",
            "gasworks-driver",
            "gasworks-fuzz",
            "gasworks-iss",
            "gasworks-sim",
            "gasworks-translate",
            "gasworks-workloads",
        ],
    ),
    ("gasworks-workloads", &[]),
    ("gasworks-fuzz", ANYTHING),
    ("gasworks-tests", ANYTHING),
    ("xtask", ANYTHING),
];

/// Anything of the workspace, but not `rust-hdl`.
const ANYTHING: &[&str] = &["*"];

/// What the host may need only to test itself, never to run.
const ONLY_IN_TESTS: &[(&str, &str)] = &[
    ("gasworks-driver", "gasworks-iss"),
    ("gasworks", "gasworks-iss"),
    ("gasworks-iss", "gasworks-translate"),
];

/// Checks every crate of the workspace.
///
/// # Errors
///
/// Names each crate that imports what it may not, and each that has no row in the table.
pub fn check() -> Result<()> {
    let text = output(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--locked",
    ]))?;
    let metadata: Value = serde_json::from_str(&text).wrap_err("the answer of cargo metadata")?;
    let breaches = breaches(&metadata)?;
    if !breaches.is_empty() {
        bail!("{}", breaches.join("\n"));
    }
    Ok(())
}

fn breaches(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"]
        .as_array()
        .ok_or_else(|| eyre!("no packages in the answer of cargo metadata"))?;
    let name = |package: &Value| package["name"].as_str().unwrap_or_default().to_owned();
    let members: Vec<String> = packages.iter().map(name).collect();
    let mut out = Vec::new();
    for package in packages {
        let from = name(package);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == from) else {
            out.push(format!(
                "{from} has no row in the table of xtask/src/fence.rs"
            ));
            continue;
        };
        let dependencies = package["dependencies"].as_array();
        for dependency in dependencies.into_iter().flatten() {
            let to = name(dependency);
            let is_guarded = to == "rust-hdl" || members.contains(&to);
            if is_guarded && !may_import(&from, &to, allowed, &dependency["kind"]) {
                out.push(format!("{from} imports {to}, which STYLE forbids"));
            }
        }
    }
    Ok(out)
}

fn may_import(from: &str, to: &str, allowed: &[&str], kind: &Value) -> bool {
    let is_listed = allowed.contains(&to) || (allowed == ANYTHING && to != "rust-hdl");
    let is_late = kind.as_str() == Some("dev") || !ONLY_IN_TESTS.contains(&(from, to));
    is_listed && is_late
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, imports: &[(&str, Value)]) -> Value {
        let dependencies: Vec<Value> = imports
            .iter()
            .map(|(to, kind)| json!({"name": to, "kind": kind}))
            .collect();
        json!({"name": name, "dependencies": dependencies})
    }

    fn breaches_of(packages: &[Value]) -> Vec<String> {
        breaches(&json!({ "packages": packages })).unwrap()
    }

    #[test]
    fn the_workspace_keeps_its_fences() {
        check().unwrap();
    }

    #[test]
    fn only_two_rooms_import_rust_hdl() {
        let ok = package("gasworks-hdl", &[("rust-hdl", Value::Null)]);
        let bad = package("gasworks-tests", &[("rust-hdl", json!("dev"))]);
        assert_eq!(
            breaches_of(&[ok, bad]),
            ["gasworks-tests imports rust-hdl, which STYLE forbids"]
        );
    }

    #[test]
    fn the_host_imports_no_hardware_and_no_unknown_room() {
        let hdl = package("gasworks-hdl", &[]);
        let host = package("gasworks-driver", &[("gasworks-hdl", Value::Null)]);
        let new = package("gasworks-new", &[("serde", Value::Null)]);
        assert_eq!(
            breaches_of(&[hdl, host, new]),
            [
                "gasworks-driver imports gasworks-hdl, which STYLE forbids",
                "gasworks-new has no row in the table of xtask/src/fence.rs"
            ]
        );
    }

    #[test]
    fn the_driver_needs_the_iss_only_in_tests() {
        let iss = package("gasworks-iss", &[]);
        let late = package("gasworks-driver", &[("gasworks-iss", json!("dev"))]);
        assert!(breaches_of(&[iss.clone(), late]).is_empty());
        let early = package("gasworks-driver", &[("gasworks-iss", Value::Null)]);
        assert_eq!(breaches_of(&[iss, early]).len(), 1);
    }
}
