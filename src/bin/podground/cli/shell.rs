//! `podground shell`

use std::io::{IsTerminal, Read, Write};
use std::sync::mpsc;
use std::time::Duration;
#[allow(clippy::disallowed_types, reason = "this is the edge where wall time comes in")]
use std::time::Instant;

use podground::session::{Options, Session};

use super::Common;

/// How often the terminal is served.
const TICK: Duration = Duration::from_millis(16);
/// Executor steps of one tick at the most.
const STEPS: usize = 200_000;

/// A session in this terminal, at the speed of the clock on the wall. Ctrl-] leaves it.
#[allow(clippy::disallowed_types, reason = "this is the edge where wall time comes in")]
pub fn run(common: &Common, operands: &[String]) -> Result<i32, String> {
    if !operands.is_empty() {
        return Err("shell takes no operands".into());
    }
    common.topology("classroom")?;
    let start = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    let topology = match &common.topology {
        Some(name) if std::path::Path::new(name).is_file() => std::fs::read_to_string(name).map_err(|error| error.to_string())?,
        Some(name) => name.clone(),
        None => "classroom".into(),
    };
    let session = Session::new(Options { seed: common.seed, topology, lesson: None, unix_time_at_start: start });
    let terminal = session.open_terminal();
    let raw = Raw::enter();
    if let Some((rows, columns)) = size() {
        session.terminal_resize(terminal, columns, rows);
    }
    let (sender, keys) = mpsc::channel();
    // Keys are read only once those before have been handled: meanwhile an editor may have the terminal.
    let (handled, next) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0u8; 4096];
        while let Ok(n) = std::io::stdin().read(&mut buffer) {
            if n == 0 || sender.send(buffer[..n].to_vec()).is_err() || next.recv().is_err() {
                break;
            }
        }
    });
    let interactive = raw.is_some();
    let mut last = Instant::now();
    let mut idle_since = None;
    loop {
        loop {
            match keys.try_recv() {
                Ok(bytes) if interactive && bytes.contains(&0x1d) => return Ok(0),
                Ok(bytes) => {
                    let enter = bytes.contains(&b'\r');
                    if let Some(wanted) = session.wanted_edits().last().filter(|_| interactive && enter) {
                        edit(&session, &wanted.path);
                    }
                    session.terminal_input(terminal, &bytes);
                    let _ = handled.send(());
                }
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Disconnected) => {
                    idle_since.get_or_insert_with(Instant::now);
                    break;
                }
            }
        }
        let elapsed = last.elapsed();
        last = Instant::now();
        session.advance(elapsed.as_millis().max(1) as u64, STEPS);
        let output = session.take_terminal_output(terminal);
        if !output.is_empty() {
            let mut stdout = std::io::stdout().lock();
            let _ = stdout.write_all(&output).and_then(|()| stdout.flush());
        }
        // Input that was a file or a pipe has ended: a last second for what it started.
        if idle_since.is_some_and(|since| since.elapsed() > Duration::from_secs(1)) {
            return Ok(0);
        }
        std::thread::sleep(TICK);
    }
}

/// Lets the person's own editor change a file of the simulated home directory.
fn edit(session: &Session, path: &str) {
    let editor = ["KUBE_EDITOR", "VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let name = path.replace('/', "-");
    let copy = std::env::temp_dir().join(format!("podground-{}-{name}", std::process::id()));
    if std::fs::write(&copy, session.read_file(path).unwrap_or_default()).is_err() {
        return;
    }
    let saved = stty(&["-g"]);
    let _ = stty(&["sane"]);
    let command = format!("{} \"$1\"", editor.as_deref().unwrap_or("vi"));
    let _ = std::process::Command::new("sh").args(["-c", &command, "sh"]).arg(&copy).status();
    if let Some(saved) = saved {
        let _ = stty(&[saved.trim()]);
    }
    if let Ok(text) = std::fs::read_to_string(&copy) {
        session.write_file(path, &text);
    }
    let _ = std::fs::remove_file(&copy);
}

/// The terminal in raw mode, until it is dropped. `stty` does it on every Unix; elsewhere lines are sent whole.
struct Raw(String);

impl Raw {
    fn enter() -> Option<Raw> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let saved = stty(&["-g"])?;
        stty(&["raw", "-echo"])?;
        Some(Raw(saved.trim().to_owned()))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = stty(&[&self.0]);
    }
}

fn size() -> Option<(u16, u16)> {
    let text = stty(&["size"])?;
    let (rows, columns) = text.trim().split_once(' ')?;
    Some((rows.parse().ok()?, columns.parse().ok()?))
}

fn stty(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("stty").args(arguments).stdin(std::process::Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
