//! Lists the files of `lessons/`, so that the engine carries the course with it. In the page it carries the table of
//! contents only: the page fetches a lesson when it is opened (tools/postbuild.mjs puts them beside it).

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map(|dir| Path::new(&dir).join("lessons")).map_err(io::Error::other)?;
    println!("cargo:rerun-if-changed=lessons");
    let mut files = Vec::new();
    walk(&root, "", &mut files)?;
    files.sort();
    let in_the_page = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    let (mut texts, mut steps) = (String::from("&[\n"), String::from("&[\n"));
    for file in files {
        let path = root.join(&file);
        if let Some(id) = file.strip_suffix("/lesson.yaml") {
            writeln!(steps, "    ({id:?}, {}),", count_steps(&fs::read_to_string(&path)?)).map_err(io::Error::other)?;
        }
        if !in_the_page || !file.contains('/') {
            writeln!(texts, "    ({file:?}, include_str!({:?})),", path.display().to_string()).map_err(io::Error::other)?;
        }
    }
    let target = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&target).join("lessons.rs"), texts + "]\n")?;
    fs::write(Path::new(&target).join("lesson_steps.rs"), steps + "]\n")
}

/// How many steps a lesson.yaml has: the items of its `steps` stand at the margin or two columns in.
fn count_steps(text: &str) -> usize {
    let steps = text.lines().skip_while(|line| *line != "steps:").skip(1);
    steps.take_while(|line| line.is_empty() || line.starts_with([' ', '-', '#'])).filter(|line| is_step(line)).count()
}

fn is_step(line: &str) -> bool {
    line.strip_prefix("  ").unwrap_or(line).starts_with("- id:")
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
