//! `vi` on the workstation: the file is edited where the front end edits files (the page's editor, `$EDITOR` natively).
//!
//! The program puts the file into the home directory, where front ends show files, asks for it by [`Wanted`] and waits for
//! Enter; then it takes the text back. All of that is ordinary recorded input, so a session replays.

use std::cell::RefCell;
use std::rc::Rc;

use super::workstation::HOME;
use crate::process::{self, ProcessContext, Program, Tty};

/// A file that somebody is asked to edit.
pub struct Edit {
    /// Where the program waits for Enter.
    pub tty: Tty,
    /// Relative to the home directory.
    pub path: String,
}

/// What is to be edited now, oldest first: every terminal may have its own.
pub type Wanted = Rc<RefCell<Vec<Rc<Edit>>>>;

/// An edit that is asked for as long as this lives: a program may be killed while it waits.
struct Asked {
    wanted: Wanted,
    edit: Rc<Edit>,
}

impl Asked {
    fn new(wanted: Wanted, tty: Tty, path: String) -> Asked {
        let edit = Rc::new(Edit { tty, path });
        wanted.borrow_mut().push(edit.clone());
        Asked { wanted, edit }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.wanted.borrow_mut().retain(|edit| !Rc::ptr_eq(edit, &self.edit));
    }
}

/// The program.
pub fn program(wanted: &Wanted) -> Program {
    let wanted = wanted.clone();
    process::program(move |ctx| run(ctx, wanted.clone()))
}

async fn run(ctx: ProcessContext, wanted: Wanted) -> i32 {
    let Some(path) = ctx.args().into_iter().skip(1).find(|word| !word.starts_with('-') && !word.starts_with('+')) else {
        ctx.eprint("vi: name the file to edit: vi FILE\n").await;
        return 1;
    };
    let Some(tty) = ctx.tty().filter(|_| ctx.is_tty(0) && ctx.is_tty(1)) else {
        ctx.eprint("Vim: Warning: Output is not to a terminal\nVim: Warning: Input is not from a terminal\n").await;
        return 1;
    };
    let full = process::vfs::normalize(&ctx.cwd(), &path);
    let (home, who) = (format!("{HOME}/"), ctx.credentials());
    // A file elsewhere is edited as a copy.
    let name = match full.strip_prefix(&home) {
        Some(inside) if !inside.starts_with('.') => inside.to_owned(),
        _ => full.rsplit('/').next().unwrap_or("file").to_owned(),
    };
    let shown = format!("{home}{name}");
    let readable = ctx.vfs().access(&full, 4, who).is_ok();
    let bytes = if readable { ctx.vfs().read_file(&full).unwrap_or_default() } else { Vec::new() };
    if (shown != full || !readable) && write(&ctx, &shown, &bytes).await.is_err() {
        ctx.eprint(&format!("vi: {name}: cannot write\n")).await;
        return 1;
    }
    let asked = Asked::new(wanted, tty, name.clone());
    ctx.print(&format!("{name} is open in the editor. Save it there, then press Enter here (Ctrl-C leaves it as it was).\n")).await;
    let _ = ctx.read_line(0).await;
    drop(asked);
    if shown == full {
        return 0;
    }
    let text = ctx.vfs().read_file(&shown).unwrap_or_default();
    let written = write(&ctx, &full, &text).await;
    let _ = ctx.vfs().remove_file(&shown, ctx.now(), who);
    i32::from(written.is_err())
}

async fn write(ctx: &ProcessContext, path: &str, bytes: &[u8]) -> Result<(), process::Errno> {
    let file = ctx.open_file(path, process::OpenOptions::WRITE)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let n = std::future::poll_fn(|cx| file.poll_write(cx, rest)).await?;
        rest = rest.get(n..).unwrap_or_default();
    }
    Ok(())
}
