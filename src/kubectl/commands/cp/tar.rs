//! tar archives of the plain kind (ustar). Models archive/tar as far as kubectl uses it.

use crate::kubectl::error::Fail;

const BLOCK: usize = 512;

/// One file of an archive.
pub struct Entry {
    pub name: String,
    /// Permission bits.
    pub mode: u32,
    pub content: Content,
}

/// What a file is.
pub enum Content {
    File(Vec<u8>),
    Folder,
    /// A symbolic link, and where it leads.
    Link(String),
}

/// The archive's bytes.
pub fn write(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let (kind, link, data): (u8, &str, &[u8]) = match &entry.content {
            Content::File(bytes) => (b'0', "", bytes),
            Content::Folder => (b'5', "", &[]),
            Content::Link(target) => (b'2', target, &[]),
        };
        let folder = if kind == b'5' { "/" } else { "" };
        out.extend(header(&format!("{}{folder}", entry.name), entry.mode, data.len(), kind, link));
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    out
}

fn header(name: &str, mode: u32, size: usize, kind: u8, link: &str) -> Vec<u8> {
    let mut block = vec![0_u8; BLOCK];
    let mut put = |at: usize, limit: usize, bytes: &[u8]| {
        for (place, byte) in block.iter_mut().skip(at).take(limit).zip(bytes) {
            *place = *byte;
        }
    };
    // A long name is divided at a slash: what stands before it goes into the prefix.
    let cut =
        if name.len() > 100 { name.char_indices().find(|(i, c)| *c == '/' && name.len() - i - 1 <= 100).map(|(i, _)| i) } else { None };
    let (prefix, rest) = cut.map_or(("", name), |at| (&name[..at], &name[at + 1..]));
    put(0, 100, rest.as_bytes());
    put(100, 8, format!("{mode:07o}").as_bytes());
    put(108, 8, b"0000000");
    put(116, 8, b"0000000");
    put(124, 12, format!("{size:011o}").as_bytes());
    put(136, 12, b"00000000000");
    put(148, 8, b"        ");
    put(156, 1, &[kind]);
    put(157, 100, link.as_bytes());
    put(257, 8, b"ustar\x0000");
    put(345, 155, prefix.as_bytes());
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    for (place, byte) in block.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *place = byte;
    }
    block
}

fn text(block: &[u8], at: usize, length: usize) -> String {
    let bytes = block.get(at..at + length).unwrap_or_default();
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn number(block: &[u8], at: usize, length: usize) -> Option<usize> {
    let digits = text(block, at, length);
    let digits = digits.trim_matches(|c: char| c == ' ' || c == '\0');
    if digits.is_empty() { Some(0) } else { usize::from_str_radix(digits, 8).ok() }
}

/// The archive's files. Names keep no slash at their end.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, Fail> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    let mut long_name = None;
    while let Some(block) = rest.get(..BLOCK) {
        rest = &rest[BLOCK..];
        if block.iter().all(|b| *b == 0) {
            break;
        }
        let invalid = || Fail::from("archive/tar: invalid tar header");
        let size = number(block, 124, 12).ok_or_else(invalid)?;
        let data = rest.get(..size).ok_or(Fail::from("unexpected EOF"))?;
        rest = rest.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        let kind = block[156];
        if kind == b'L' {
            // GNU's long name of the next file.
            long_name = Some(text(data, 0, data.len()));
            continue;
        }
        let (prefix, name) = (text(block, 345, 155), text(block, 0, 100));
        let name = long_name.take().unwrap_or(if prefix.is_empty() { name } else { format!("{prefix}/{name}") });
        let content = match kind {
            b'0' | 0 if !name.ends_with('/') => Content::File(data.to_vec()),
            b'2' => Content::Link(text(block, 157, 100)),
            b'0' | 0 | b'5' => Content::Folder,
            _ => continue,
        };
        let mode = u32::try_from(number(block, 100, 8).unwrap_or(0o644)).unwrap_or(0o644);
        entries.push(Entry { name: name.trim_end_matches('/').to_owned(), mode, content });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = format!("{}/file", "folder".repeat(20));
        let entries = [
            Entry { name: "a.txt".into(), mode: 0o644, content: Content::File(b"hello\n".to_vec()) },
            Entry { name: long.clone(), mode: 0o600, content: Content::File(vec![7; 513]) },
            Entry { name: "empty".into(), mode: 0o755, content: Content::Folder },
            Entry { name: "link".into(), mode: 0o777, content: Content::Link("a.txt".into()) },
        ];
        let read = read(&write(&entries)).expect("an archive");
        let names: Vec<&str> = read.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["a.txt", &long, "empty", "link"]);
        assert!(matches!(&read[1].content, Content::File(bytes) if bytes.len() == 513));
        assert!(matches!(&read[3].content, Content::Link(target) if target == "a.txt"));
    }
}
