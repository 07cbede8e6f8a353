//! The generated schema of the API: `cargo xtask gen-schema`.
use std::fs;

use crate::Failure;
use crate::command::{cargo, root, run};

const NAMES: &str = "src/api/schema/names.json";
const DOCS: &str = "static/docs.json";

/// Writes the schema anew; with `--check` compares only. The generator builds apart from the workspace, because it needs
/// k8s-openapi with a feature that nothing else does.
pub fn run_generator(arguments: &[String]) -> Result<(), Failure> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("gen-schema takes --check or nothing".to_owned()),
    };
    let folder = root().join("target/gen-schema");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let fresh = [folder.join("names.json"), folder.join("docs.json")];
    let mut generator = cargo();
    generator.args([
        "run",
        "--quiet",
        "--locked",
        "--manifest-path",
        "tools/gen-schema/Cargo.toml",
        "--",
        "tools/gen-schema/go-types.json",
    ]);
    run(generator.args(&fresh).env("CARGO_TARGET_DIR", &folder))?;
    for (written, kept) in fresh.iter().zip([NAMES, DOCS]) {
        let read = |path: &std::path::Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
        let (new, old) = (read(written)?, read(&root().join(kept)).unwrap_or_default());
        if new == old {
            println!("{kept} is fresh");
        } else if check {
            return Err(format!("{kept} is stale: run `cargo xtask gen-schema` and commit it"));
        } else {
            fs::write(root().join(kept), new).map_err(|error| format!("{kept}: {error}"))?;
            println!("{kept} written");
        }
    }
    Ok(())
}
