use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast;

use super::super::state::{Ran, Shell};
use super::super::vars::{Value, Var};
use crate::process::{File, Spawn, pipe};

/// The descriptors of a coprocess, to read from it and to write to it, as bash's are for the first one.
const DESCRIPTORS: [i32; 2] = [63, 60];

impl Shell {
    /// `coproc`: a background job whose output and input are two descriptors, which an array tells.
    pub(super) async fn run_coprocess(&mut self, command: &ast::CoprocessCommand) -> Ran {
        let name = command.name.as_ref().map_or("COPROC", |name| name.value.as_str());
        let pid_name = format!("{name}_PID");
        let (its_input, to) = pipe();
        let (from, its_output) = pipe();
        let mut files = self.ctx.files();
        files.insert(0, its_input);
        files.insert(1, its_output);
        // Nobody else may hold the ends of an earlier one, or it would wait for ever.
        files.retain(|fd, _| *fd < 10);
        let spawn = Spawn { fds: Some(files), group: self.group(), ..Spawn::default() };
        let body = Rc::new((*command.body).clone());
        let child = self.fork_to(spawn, move |mut shell| Box::pin(async move { shell.run_as_process(&body).await })).await?;
        let mut fds = Vec::new();
        for (wanted, file) in DESCRIPTORS.into_iter().zip([from as File, to as File]) {
            let free = (10..=wanted).rev().find(|fd| self.ctx.file(*fd).is_err()).unwrap_or(wanted);
            self.ctx.set_file(free, file);
            self.named_fds.push(free);
            fds.push(free);
        }
        let items: BTreeMap<i64, String> = (0..).zip(fds.iter().map(i32::to_string)).collect();
        self.vars.insert(name, Var::new(Value::Indexed(items)));
        self.set_own(&pid_name, &child.pid().to_string());
        self.last_background = Some(child.pid());
        let pid = child.pid();
        let number = self.jobs.add(vec![child], command.to_string());
        if self.interactive() {
            self.ctx.eprint(&format!("[{number}] {pid}\n")).await;
        }
        Ok(0)
    }
}
