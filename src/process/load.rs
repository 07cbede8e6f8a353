//! From a command's name to the program behind it. Models execvp(3) and `#!`.

use super::vfs::{Credentials, NodeKind, Target, normalize};
use super::{Errno, Program, Vfs};

/// How many interpreters (`#!`) one execution may pass through; Linux's limit.
const INTERPRETER_LIMIT: usize = 4;

/// The path of the command `name`.
pub(super) fn look_up(vfs: &Vfs, name: &str, path_var: Option<&str>, cwd: &str, who: Credentials) -> Result<String, Errno> {
    if name.is_empty() {
        return Err(Errno::ENOENT);
    }
    if name.contains('/') {
        let path = normalize(cwd, name);
        vfs.metadata(&path, true, who)?;
        return Ok(path);
    }
    let mut refused = None;
    for directory in path_var.unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(':') {
        let path = normalize(cwd, &format!("{directory}/{name}"));
        match vfs.metadata(&path, true, who) {
            Ok(meta) if meta.is_file() => match vfs.access(&path, 1, who) {
                Ok(()) => return Ok(path),
                Err(errno) => refused = Some(errno),
            },
            _ => {}
        }
    }
    Err(refused.unwrap_or(Errno::ENOENT))
}

/// The program behind an executable file, through its interpreters, and the argument list it gets.
pub(super) fn load(vfs: &Vfs, path: &str, argv: Vec<String>, who: Credentials, depth: usize) -> Result<(Program, Vec<String>), Errno> {
    if depth > INTERPRETER_LIMIT {
        return Err(Errno::ELOOP);
    }
    let place = vfs.resolve(path, true, who)?;
    if place.metadata()?.is_dir() {
        return Err(Errno::EACCES);
    }
    vfs.access(path, 1, who)?;
    let Target::Inode(fs, inode) = &place.target else { return Err(Errno::EACCES) };
    let program = fs.with(*inode, |node| if let NodeKind::Program(program, _) = &node.kind { Some(program.clone()) } else { None })?;
    if let Some(program) = program {
        return Ok((program, argv));
    }
    let head = fs.read(*inode, 0, 256)?;
    let line = head.strip_prefix(b"#!").ok_or(Errno::ENOEXEC)?;
    let line = String::from_utf8_lossy(line.split(|b| *b == b'\n').next().unwrap_or_default()).into_owned();
    let mut words = line.trim().splitn(2, ' ');
    let interpreter = words.next().filter(|word| !word.is_empty()).ok_or(Errno::ENOEXEC)?.to_owned();
    let mut new_argv = vec![interpreter.clone()];
    new_argv.extend(words.next().map(|rest| rest.trim().to_owned()));
    // The script is told the path that it was asked for by, not the whole one.
    let asked = argv.first().filter(|name| depth == 0 && name.contains('/')).map_or(path, String::as_str);
    new_argv.push(asked.to_owned());
    new_argv.extend(argv.into_iter().skip(1));
    load(vfs, &interpreter, new_argv, who, depth + 1)
}
