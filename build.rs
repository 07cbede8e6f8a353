//! Lists the files of `lessons/`, so that the page carries the course with it.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map(|dir| Path::new(&dir).join("lessons")).map_err(io::Error::other)?;
    println!("cargo:rerun-if-changed=lessons");
    let mut files = Vec::new();
    walk(&root, "", &mut files)?;
    files.sort();
    let mut out = String::from("&[\n");
    for file in files {
        let path = root.join(&file);
        writeln!(out, "    ({file:?}, include_str!({:?})),", path.display().to_string()).map_err(io::Error::other)?;
    }
    out.push_str("]\n");
    let target = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&target).join("lessons.rs"), out)
}

fn walk(folder: &Path, below: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &path, files)?;
        } else if name != "README.md" && !name.starts_with('.') {
            files.push(path);
        }
    }
    Ok(())
}
