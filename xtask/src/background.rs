//! A program that runs while other work is done; what it said is shown when it is waited for.
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::Failure;
use crate::command::root;

/// A program that has been begun.
pub struct Begun {
    name: String,
    child: Child,
    said: PathBuf,
}

impl Begun {
    /// Begins `command`; what it says goes to `target/NAME.log`.
    pub fn new(name: &str, command: &mut Command) -> Result<Begun, Failure> {
        let said = root().join("target").join(format!("{name}.log"));
        let told = |error: std::io::Error| format!("{}: {error}", said.display());
        let file = std::fs::create_dir_all(root().join("target")).and_then(|()| File::create(&said)).map_err(told)?;
        let both = file.try_clone().map_err(told)?;
        let child = command.stdout(file).stderr(both).spawn().map_err(|error| format!("{name} could not be begun: {error}"))?;
        Ok(Begun { name: name.to_owned(), child, said })
    }

    /// Waits for its end and shows what it said.
    pub fn end(mut self) -> Result<(), Failure> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        print!("{}", std::fs::read_to_string(&self.said).unwrap_or_default());
        if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", self.name)) }
    }
}
