use crate::process::vfs::{Credentials, Metadata, Vfs};
use crate::process::{Errno, File, OpenOptions, ProcessContext, read_file};

/// One input is read to this size; more is cut, so that `sort /dev/zero` ends.
const INPUT_LIMIT_BYTES: usize = 64 << 20;

/// The busybox applets that name a file which cannot be opened without more words.
const PLAIN: &[&str] = &["base64", "cut", "expand", "fold", "hexdump", "nl", "od", "paste", "rev", "tac"];

/// Whose messages and habits a command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// GNU coreutils 9.1 and its neighbours.
    Gnu,
    /// busybox 1.36.
    Busybox,
}

/// A running command: its context, and what all commands do alike.
#[derive(Clone)]
pub(crate) struct Tool {
    pub ctx: ProcessContext,
    pub name: &'static str,
    pub args: Vec<String>,
    pub flavor: Flavor,
}

impl Tool {
    pub fn busybox(&self) -> bool {
        self.flavor == Flavor::Busybox
    }

    pub fn vfs(&self) -> &Vfs {
        self.ctx.vfs()
    }

    pub fn who(&self) -> Credentials {
        self.ctx.credentials()
    }

    pub fn path(&self, path: &str) -> String {
        self.ctx.resolve(path)
    }

    pub fn meta(&self, path: &str, follow: bool) -> Result<Metadata, Errno> {
        self.vfs().metadata(&self.path(path), follow, self.who())
    }

    pub fn is_dir(&self, path: &str) -> bool {
        self.meta(path, true).is_ok_and(|m| m.is_dir())
    }

    // ---- messages ----

    /// `name: message` on stderr.
    pub async fn complain(&self, message: &str) {
        self.ctx.eprint(&format!("{}: {message}\n", self.name)).await;
    }

    /// Complains, points at `--help`, and gives `status`.
    pub async fn misuse(&self, message: &str, status: i32) -> i32 {
        // busybox does not say what is missing.
        if !(message.is_empty() || self.busybox() && message.starts_with("missing")) {
            self.complain(message).await;
        }
        self.hint(status).await
    }

    /// The line that points at `--help`; busybox prints its usage instead.
    pub async fn hint(&self, status: i32) -> i32 {
        if self.busybox() {
            let usage = super::usage::busybox(self.name);
            self.ctx.eprint(&format!("{}\n\n{usage}", super::usage::BANNER)).await;
            return if matches!(self.name, "sort" | "grep" | "egrep" | "fgrep") { 2 } else { 1 };
        }
        let name = self.name;
        let text = match name {
            "sed" => super::sed::USAGE.to_owned(),
            "grep" => "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n".to_owned(),
            "diff" | "cmp" => format!("{name}: Try '{name} --help' for more information.\n"),
            "pgrep" | "pkill" => format!("Try `{name} --help' for more information.\n"),
            _ => format!("Try '{name} --help' for more information.\n"),
        };
        self.ctx.eprint(&text).await;
        status
    }

    /// Whether messages may use ‘’: the locale is UTF-8.
    fn utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| self.ctx.env(name).filter(|v| !v.is_empty()));
        locale.is_some_and(|l| l.to_uppercase().contains("UTF"))
    }

    /// ‘text’, or 'text' in the C locale.
    pub fn quote(&self, text: &str) -> String {
        if self.utf8() && !self.busybox() { format!("‘{text}’") } else { format!("'{text}'") }
    }

    /// 'text', as GNU quotes file names.
    pub fn name_of(&self, text: &str) -> String {
        if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
    }

    // ---- input and output ----

    /// Writes to stdout. False: it cannot be written, and this was said.
    pub async fn out(&self, bytes: impl AsRef<[u8]>) -> bool {
        match self.ctx.write(1, bytes.as_ref()).await {
            Ok(()) => true,
            Err(Errno::EPIPE) => false,
            Err(errno) => {
                self.complain(&format!("write error: {errno}")).await;
                false
            }
        }
    }

    /// Opens a file for reading; `-` is stdin.
    pub fn open(&self, name: &str) -> Result<File, Errno> {
        if name == "-" {
            return self.ctx.file(0);
        }
        if let Some(fd) = super::super::exec_descriptor(name)
            && let Ok(file) = self.ctx.file(fd)
        {
            return Ok(file);
        }
        self.ctx.open_file(name, OpenOptions::READ)
    }

    /// Opens a file for writing.
    pub fn create(&self, name: &str, append: bool) -> Result<File, Errno> {
        if let Some(fd) = super::super::exec_descriptor(name)
            && let Ok(file) = self.ctx.file(fd)
        {
            return Ok(file);
        }
        self.ctx.open_file(name, if append { OpenOptions::APPEND } else { OpenOptions::WRITE })
    }

    /// All of a file; `-` is stdin.
    pub async fn read(&self, name: &str) -> Result<Vec<u8>, Errno> {
        let file = self.open(name)?;
        self.read_all(&file).await
    }

    /// The rest of an open file.
    pub async fn read_all(&self, file: &File) -> Result<Vec<u8>, Errno> {
        let mut bytes = Vec::new();
        while bytes.len() < INPUT_LIMIT_BYTES {
            let chunk = read_file(file, 64 * 1024).await?;
            if chunk.is_empty() {
                break;
            }
            bytes.extend(chunk);
            self.ctx.step().await;
        }
        Ok(bytes)
    }

    /// The next chunk of an open file; empty at its end.
    pub async fn chunk(&self, file: &File) -> Result<Vec<u8>, Errno> {
        let bytes = read_file(file, 64 * 1024).await;
        self.ctx.step().await;
        bytes
    }

    /// Writes all of `bytes` to an open file.
    pub async fn write_to(&self, file: &File, bytes: &[u8]) -> Result<(), Errno> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = std::future::poll_fn(|cx| file.poll_write(cx, rest)).await?;
            rest = rest.get(n..).unwrap_or(&[]);
            self.ctx.step().await;
        }
        Ok(())
    }

    /// Refuses operands beyond the first `most`.
    pub async fn extra(&self, operands: &[String], most: usize) -> Result<(), i32> {
        match operands.get(most) {
            Some(_) if self.busybox() => Err(self.hint(1).await),
            Some(extra) => Err(self.misuse(&format!("extra operand {}", self.quote(extra)), 1).await),
            None => Ok(()),
        }
    }

    /// The number an option was given, or `otherwise`; the mistake is said with `what` before it.
    pub async fn number<N: std::str::FromStr>(&self, value: Option<&str>, otherwise: N, what: &str) -> Result<N, i32> {
        let Some(value) = value else { return Ok(otherwise) };
        match value.parse() {
            Ok(number) => Ok(number),
            Err(_) if self.busybox() => {
                self.complain(&format!("invalid number '{value}'")).await;
                Err(1)
            }
            Err(_) => {
                self.complain(&format!("{what}: {}", self.quote(value))).await;
                Err(1)
            }
        }
    }

    /// A number of columns. Wider than any terminal is not simulated: a line of a gigabyte would be made of it.
    pub async fn columns(&self, value: Option<&str>, otherwise: usize, what: &str) -> Result<usize, i32> {
        const WIDEST: usize = 65_535;
        let columns = self.number(value, otherwise, what).await?;
        if columns > WIDEST {
            self.complain(&format!("a width of {columns} is not simulated in Podground")).await;
            return Err(1);
        }
        Ok(columns)
    }

    /// Reads the answer to a question; no answer is no.
    pub async fn agreed(&self) -> bool {
        let answer = self.ctx.read_line(0).await.unwrap_or_default();
        matches!(answer.first(), Some(b'y' | b'Y'))
    }

    /// The files to read: the operands, or stdin.
    pub fn inputs(&self, operands: &[String]) -> Vec<String> {
        if operands.is_empty() { vec!["-".into()] } else { operands.to_vec() }
    }

    /// All inputs one after the other; what cannot be read is said, and makes the status `status`.
    pub async fn read_inputs(&self, operands: &[String], status: &mut i32) -> Vec<u8> {
        let mut all = Vec::new();
        for name in self.inputs(operands) {
            match self.read(&name).await {
                Ok(bytes) => all.extend(bytes),
                Err(errno) => {
                    *status = 1;
                    self.cannot_open(&name, errno).await;
                }
            }
        }
        all
    }

    /// A file that cannot be read, in the plain words of most tools.
    pub async fn cannot_open(&self, name: &str, errno: Errno) {
        let message = match (self.flavor, errno) {
            (Flavor::Busybox, Errno::EISDIR) => "read error: Is a directory".to_owned(),
            (Flavor::Busybox, _) if PLAIN.contains(&self.name) => format!("{name}: {errno}"),
            (Flavor::Busybox, _) => format!("can't open '{name}': {errno}"),
            _ if self.name == "fmt" => format!("cannot open {} for reading: {errno}", self.name_of(name)),
            _ => format!("{name}: {errno}"),
        };
        self.complain(&message).await;
    }
}

/// The lines of `bytes`, without their newlines.
pub(crate) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    records(bytes, b'\n')
}

/// The parts of `bytes` that end with `end`, without it.
pub(crate) fn records(bytes: &[u8], end: u8) -> Vec<&[u8]> {
    let mut records: Vec<&[u8]> = bytes.split(|b| *b == end).collect();
    if bytes.last().is_none_or(|last| *last == end) {
        records.pop();
    }
    records
}

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The old form of an option that is a number: `-5` becomes `-n5`, with the option's letter.
pub(crate) fn modern(word: &mut String, letter: char) {
    if word.len() > 1 && word.strip_prefix('-').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
        word.insert(1, letter);
    }
}

/// A number with the suffixes of coreutils: `10`, `2k`, `1M`, `3G`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let len = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at_checked(len)?;
    let number: u64 = digits.parse().ok()?;
    let factor: u64 = match suffix {
        "" | "c" => 1,
        "b" => 512,
        "k" | "K" | "KiB" => 1024,
        "kB" | "KB" => 1000,
        "M" | "m" | "MiB" => 1 << 20,
        "MB" => 1_000_000,
        "G" | "g" | "GiB" => 1 << 30,
        "GB" => 1_000_000_000,
        "T" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// `text` as wide as a directive's flags and digits ask for (`-10`, `04`).
pub(crate) fn padded(text: &str, flags: &str) -> String {
    let width: usize = flags.trim_start_matches(['-', '0']).parse().unwrap_or(0).min(1000);
    match flags.chars().next() {
        Some('-') => format!("{text:<width$}"),
        Some('0') => format!("{text:0>width$}"),
        _ => format!("{text:>width$}"),
    }
}
