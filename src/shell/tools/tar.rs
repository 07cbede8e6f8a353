//! tar: ustar archives, `-z` as gzip has it.

use super::super::pattern::Pattern;
use super::options::Options;
use super::tool::Tool;
use super::{clock, gzip, ls, owner};
use crate::process::Errno;
use crate::process::vfs::Metadata;

const BLOCK_BYTES: usize = 512;
/// GNU tar fills its archives up to this.
const RECORD_BYTES: usize = 20 * BLOCK_BYTES;
/// Directories nest this deep at most.
const DEPTH_LIMIT: usize = 64;

const LONG: &[(&str, char)] = &[
    ("create", 'c'),
    ("extract", 'x'),
    ("get", 'x'),
    ("list", 't'),
    ("append", 'r'),
    ("file", 'f'),
    ("gzip", 'z'),
    ("gunzip", 'z'),
    ("verbose", 'v'),
    ("directory", 'C'),
    ("exclude", '1'),
    ("strip-components", '2'),
    ("keep-old-files", 'k'),
    ("to-stdout", 'O'),
    ("preserve-permissions", 'p'),
    ("same-permissions", 'p'),
    ("absolute-names", 'P'),
    ("no-same-owner", 'o'),
    ("dereference", 'h'),
    ("overwrite", '3'),
    ("warning", '4'),
    ("no-xattrs", '3'),
];

/// One run: what is asked, and whether something failed.
struct Run<'t> {
    t: &'t Tool,
    options: Options,
    failed: bool,
    said_removing: bool,
}

pub(super) async fn run(mut t: Tool) -> i32 {
    // `tar czf x` is `tar -czf x`: each letter that takes a value takes the next word.
    if let Some(first) = t.args.get(1).filter(|word| !word.starts_with('-') && !word.is_empty()).cloned() {
        let mut rest = t.args.split_off(2);
        t.args.truncate(1);
        for letter in first.chars() {
            t.args.push(format!("-{letter}"));
            if matches!(letter, 'f' | 'C' | 'b' | 'T' | 'X') {
                if rest.is_empty() {
                    return fatal_misuse(&t, &format!("Old option '{letter}' requires an argument.")).await;
                }
                t.args.push(rest.remove(0));
            }
        }
        t.args.extend(rest);
    }
    let options = match t.options("cxtrf:zvC:kOpPohjJb:T:X:m", LONG, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mode = options.given.iter().map(|(letter, _)| *letter).find(|letter| matches!(letter, 'c' | 'x' | 't' | 'r'));
    if options.has('j') || options.has('J') {
        t.complain("bzip2 and xz are not simulated in Podground").await;
        return 2;
    }
    let mut run = Run { t: &t, options, failed: false, said_removing: false };
    let status = match mode {
        Some('c' | 'r') => run.create(mode == Some('r')).await,
        Some(mode) => run.read(mode == 'x').await,
        None if t.busybox() => return t.hint(1).await,
        None => return fatal_misuse(&t, "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options").await,
    };
    match status {
        0 if run.failed && t.busybox() => {
            t.complain("error exit delayed from previous errors").await;
            1
        }
        0 if run.failed => {
            t.complain("Exiting with failure status due to previous errors").await;
            2
        }
        status => status,
    }
}

async fn fatal_misuse(t: &Tool, message: &str) -> i32 {
    if t.busybox() {
        return t.hint(1).await;
    }
    t.ctx.eprint(&format!("tar: {message}\nTry 'tar --help' or 'tar --usage' for more information.\n")).await;
    2
}

impl Run<'_> {
    fn archive(&self) -> String {
        self.options.value('f').unwrap_or("-").to_owned()
    }

    /// A name of the command line or the archive, seen from `-C`.
    fn place(&self, name: &str) -> String {
        match self.options.value('C') {
            Some(folder) if !name.starts_with('/') => format!("{}/{name}", folder.trim_end_matches('/')),
            _ => name.to_owned(),
        }
    }

    async fn fail(&mut self, message: &str) {
        self.failed = true;
        self.t.complain(message).await;
    }

    async fn cannot_open(&self, name: &str, errno: Errno) -> i32 {
        if self.t.busybox() {
            self.t.complain(&format!("can't open '{name}': {errno}")).await;
            return 1;
        }
        self.t.complain(&format!("{name}: Cannot open: {errno}")).await;
        self.t.complain("Error is not recoverable: exiting now").await;
        2
    }

    async fn create(&mut self, append: bool) -> i32 {
        if self.options.operands.is_empty() {
            if self.t.busybox() {
                self.t.complain("empty archive").await;
                return 1;
            }
            return fatal_misuse(self.t, "Cowardly refusing to create an empty archive").await;
        }
        let name = self.archive();
        let mut bytes = Vec::new();
        if append {
            bytes = self.t.read(&name).await.unwrap_or_default();
            while bytes.len() >= BLOCK_BYTES && bytes.ends_with(&[0; BLOCK_BYTES]) {
                bytes.truncate(bytes.len() - BLOCK_BYTES);
            }
        }
        let target = match name.as_str() {
            "-" => self.t.ctx.file(1),
            name => self.t.create(name, false),
        };
        let target = match target {
            Ok(target) => target,
            Err(errno) => return self.cannot_open(&name, errno).await,
        };
        for operand in self.options.operands.clone() {
            self.add(&operand, &mut bytes, name == "-", 0).await;
        }
        bytes.resize((bytes.len() + 2 * BLOCK_BYTES).next_multiple_of(RECORD_BYTES), 0);
        if self.options.has('z') {
            bytes = gzip::pack(&bytes);
        }
        if let Err(errno) = self.t.write_to(&target, &bytes).await {
            self.t.complain(&format!("{name}: Cannot write: {errno}")).await;
            return 2;
        }
        0
    }

    /// Appends a file or a tree.
    async fn add(&mut self, path: &str, out: &mut Vec<u8>, to_stdout: bool, depth: usize) {
        let t = self.t;
        if self.options.values('1').any(|pattern| excluded(pattern, path)) || depth > DEPTH_LIMIT {
            return;
        }
        let real = self.place(path);
        let meta = match t.meta(&real, self.options.has('h')) {
            Ok(meta) => meta,
            Err(errno) if t.busybox() => return self.fail(&format!("{path}: {errno}")).await,
            Err(errno) => return self.fail(&format!("{path}: Cannot stat: {errno}")).await,
        };
        let slash = if meta.is_dir() && !path.ends_with('/') { "/" } else { "" };
        let full = format!("{path}{slash}");
        let member = if self.options.has('P') { full.as_str() } else { full.trim_start_matches('/') };
        if member.len() < full.len() && !self.said_removing {
            self.said_removing = true;
            let quote = if t.busybox() { "'" } else { "`" };
            t.complain(&format!("{} {quote}/' from member names", if t.busybox() { "removing leading" } else { "Removing leading" })).await;
        }
        if !member.is_empty() {
            let content = match meta.is_file() {
                true => match t.read(&real).await {
                    Ok(content) => content,
                    Err(errno) if t.busybox() => return self.fail(&format!("can't open '{path}': {errno}")).await,
                    Err(errno) => return self.fail(&format!("{path}: Cannot open: {errno}")).await,
                },
                false => Vec::new(),
            };
            let link = if meta.is_symlink() { t.vfs().read_link(&t.path(&real), t.who()).unwrap_or_default() } else { String::new() };
            if self.options.has('v') {
                let line = format!("{full}\n");
                if to_stdout { t.ctx.eprint(&line).await } else { t.ctx.print(&line).await }
            }
            out.extend(header(t, member, &meta, &link, content.len()));
            out.extend_from_slice(&content);
            out.resize(out.len().next_multiple_of(BLOCK_BYTES), 0);
        }
        if !meta.is_dir() {
            return;
        }
        match t.vfs().read_dir(&t.path(&real), t.who()) {
            Ok(names) => {
                for name in names {
                    let below = format!("{}/{name}", path.trim_end_matches('/'));
                    Box::pin(self.add(&below, out, to_stdout, depth + 1)).await;
                }
            }
            Err(errno) => self.fail(&format!("{path}: Cannot open: {errno}")).await,
        }
    }

    /// Lists or extracts.
    async fn read(&mut self, extract: bool) -> i32 {
        let (t, name) = (self.t, self.archive());
        let mut bytes = match t.read(&name).await {
            Ok(bytes) => bytes,
            Err(errno) => return self.cannot_open(&name, errno).await,
        };
        if gzip::is_packed(&bytes) {
            bytes = gzip::unpack(&bytes).unwrap_or_default();
        } else if self.options.has('z') {
            if t.busybox() {
                t.complain("invalid magic").await;
                t.complain("short read").await;
                return 1;
            }
            t.ctx
                .eprint("\ngzip: stdin: not in gzip format\ntar: Child returned status 1\ntar: Error is not recoverable: exiting now\n")
                .await;
            return 2;
        }
        if let Some(folder) = self.options.value('C').map(str::to_owned)
            && !t.is_dir(&folder)
        {
            let why = t.meta(&folder, true).err().unwrap_or(Errno::ENOTDIR);
            if t.busybox() {
                t.complain(&format!("can't change directory to '{folder}': {why}")).await;
                return 1;
            }
            t.complain(&format!("{folder}: Cannot open: {why}")).await;
            t.complain("Error is not recoverable: exiting now").await;
            return 2;
        }
        let wanted = self.options.operands.clone();
        let mut met = vec![false; wanted.len()];
        let (mut at, mut any) = (0, false);
        while let Some(block) = bytes.get(at..at + BLOCK_BYTES) {
            if block.iter().all(|b| *b == 0) {
                any = true;
                break;
            }
            let Some(entry) = Entry::read(block) else { break };
            any = true;
            let start = at + BLOCK_BYTES;
            let content = bytes.get(start..start + entry.size).unwrap_or_default();
            at = start + entry.size.next_multiple_of(BLOCK_BYTES);
            let chosen = wanted.iter().position(|w| {
                let w = w.trim_end_matches('/');
                entry.name.trim_end_matches('/') == w || entry.name.starts_with(&format!("{w}/"))
            });
            if let Some(slot) = chosen.and_then(|chosen| met.get_mut(chosen)) {
                *slot = true;
            }
            if (!wanted.is_empty() && chosen.is_none()) || self.options.values('1').any(|pattern| excluded(pattern, &entry.name)) {
                continue;
            }
            if extract {
                self.extract(&entry, content).await;
            } else {
                let verbose = self.options.has('v');
                t.out(if verbose { entry.long_line(t) } else { format!("{}\n", entry.name) }).await;
            }
            t.ctx.step().await;
        }
        if !any {
            if t.busybox() {
                t.complain(if bytes.len() < BLOCK_BYTES { "short read" } else { "invalid tar magic" }).await;
                return 1;
            }
            self.fail("This does not look like a tar archive").await;
        }
        for (name, _) in wanted.iter().zip(&met).filter(|(_, met)| !**met) {
            if t.busybox() {
                t.complain(&format!("{name}: not found in archive")).await;
                return 1;
            }
            self.fail(&format!("{name}: Not found in archive")).await;
        }
        0
    }

    async fn extract(&mut self, entry: &Entry, content: &[u8]) {
        let t = self.t;
        let strip: usize = self.options.value('2').and_then(|n| n.parse().ok()).unwrap_or(0);
        let name: String = entry.name.trim_start_matches('/').splitn(strip + 1, '/').nth(strip).unwrap_or_default().to_owned();
        if name.is_empty() || name.split('/').any(|part| part == "..") {
            return;
        }
        if self.options.has('O') {
            t.out(content).await;
            return;
        }
        if self.options.has('v') {
            t.out(format!("{}\n", entry.name)).await;
        }
        let path = self.place(&name);
        let path = path.trim_end_matches('/');
        if let Some((parents, _)) = path.rsplit_once('/') {
            let _ = t.vfs().create_dir_all(&t.path(parents));
        }
        let now = t.ctx.now();
        let made = match entry.kind {
            b'5' => {
                t.vfs().create_dir(&t.path(path), entry.mode, now, t.who()).or_else(|e| if e == Errno::EEXIST { Ok(()) } else { Err(e) })
            }
            b'2' => {
                let _ = t.vfs().remove_file(&t.path(path), now, t.who());
                t.vfs().symlink(&entry.link, &t.path(path), now, t.who())
            }
            _ => {
                if t.meta(path, false).is_ok() {
                    if self.options.has('k') {
                        return self.fail(&format!("{name}: Cannot open: File exists")).await;
                    }
                    let _ = t.vfs().remove_file(&t.path(path), now, t.who());
                }
                match t.create(path, false) {
                    Ok(file) => t.write_to(&file, content).await,
                    Err(errno) => Err(errno),
                }
            }
        };
        if let Err(errno) = made {
            let what = if entry.kind == b'5' { "Cannot mkdir" } else { "Cannot open" };
            return self.fail(&format!("{name}: {what}: {errno}")).await;
        }
        if entry.kind != b'2' {
            let modified = super::clock::time_of(t, jiff::Timestamp::from_second(entry.modified).unwrap_or_default());
            let _ = t.vfs().change(&t.path(path), t.who(), |inode| {
                inode.mode = entry.mode;
                inode.modified = modified;
            });
        }
    }
}

/// Whether a pattern of `--exclude` means this member.
fn excluded(pattern: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let pattern = pattern.trim_end_matches('/');
    let pattern = Pattern::new(pattern, false);
    pattern.matches(path) || path.rsplit('/').next().is_some_and(|last| pattern.matches(last))
}

fn header(t: &Tool, name: &str, meta: &Metadata, link: &str, size: usize) -> Vec<u8> {
    let mut block = vec![0_u8; BLOCK_BYTES];
    let mut put = |at: usize, text: &str, width: usize| {
        for (slot, byte) in block.iter_mut().skip(at).zip(text.bytes().take(width)) {
            *slot = byte;
        }
    };
    // A long name is split into a prefix and the rest.
    let split = if name.len() > 100 { name.get(..name.len() - 1).and_then(|n| n.rfind('/')).unwrap_or(0) } else { 0 };
    let (prefix, rest) = if split > 0 { (name.get(..split).unwrap_or(""), name.get(split + 1..).unwrap_or("")) } else { ("", name) };
    put(0, rest, 100);
    put(100, &format!("{:07o}", meta.mode & 0o7777), 8);
    put(108, &format!("{:07o}", meta.uid), 8);
    put(116, &format!("{:07o}", meta.gid), 8);
    put(124, &format!("{size:011o}"), 12);
    put(136, &format!("{:011o}", clock::moment(t, meta.modified).as_second().max(0)), 12);
    put(148, "        ", 8);
    put(
        156,
        if meta.is_dir() {
            "5"
        } else if meta.is_symlink() {
            "2"
        } else {
            "0"
        },
        1,
    );
    put(157, link, 100);
    put(257, "ustar\u{0}00", 8);
    put(265, &owner::user(t, meta.uid), 32);
    put(297, &owner::group(t, meta.gid), 32);
    put(345, prefix, 155);
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    for (slot, byte) in block.iter_mut().skip(148).zip(format!("{sum:06o}\u{0} ").bytes()) {
        *slot = byte;
    }
    block
}

/// A member as its header tells.
struct Entry {
    name: String,
    mode: u32,
    size: usize,
    modified: i64,
    kind: u8,
    link: String,
    owner: String,
}

impl Entry {
    fn read(block: &[u8]) -> Option<Entry> {
        if block.get(257..262) != Some(b"ustar") {
            return None;
        }
        let text = |at: usize, width: usize| {
            let field = block.get(at..at + width).unwrap_or_default();
            let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
            String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
        };
        let octal = |at: usize, width: usize| i64::from_str_radix(text(at, width).trim(), 8).unwrap_or(0);
        let prefix = text(345, 155);
        let name = if prefix.is_empty() { text(0, 100) } else { format!("{prefix}/{}", text(0, 100)) };
        Some(Entry {
            name,
            mode: u32::try_from(octal(100, 8)).ok()?,
            size: usize::try_from(octal(124, 12)).ok()?,
            modified: octal(136, 12),
            kind: *block.get(156)?,
            link: text(157, 100),
            owner: format!("{}/{}", text(265, 32), text(297, 32)),
        })
    }

    /// As `tar tv` shows it.
    fn long_line(&self, t: &Tool) -> String {
        let type_letter = match self.kind {
            b'5' => 'd',
            b'2' => 'l',
            _ => '-',
        };
        let meta = Metadata {
            type_letter,
            mode: self.mode,
            uid: 0,
            gid: 0,
            size: 0,
            links: 1,
            modified: crate::sim::Time::ZERO,
            inode: 0,
            device: 0,
        };
        let at = jiff::Timestamp::from_second(self.modified).unwrap_or_default();
        let link = if self.kind == b'2' { format!(" -> {}", self.link) } else { String::new() };
        if t.busybox() {
            let time = clock::format("%Y-%m-%d %H:%M:%S", at);
            return format!("{} {} {:>9} {time} {}{link}\n", ls::permissions(&meta), self.owner, self.size, self.name);
        }
        let width = 18_usize.saturating_sub(self.owner.len()).max(1);
        let time = clock::format("%Y-%m-%d %H:%M", at);
        format!("{} {} {:>width$} {time} {}{link}\n", ls::permissions(&meta), self.owner, self.size, self.name)
    }
}
