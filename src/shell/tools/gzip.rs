//! gzip, gunzip, zcat: the real container, its blocks stored as they are (nothing gets smaller).

use super::tool::Tool;
use crate::process::vfs::Metadata;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Bytes of a stored block at most.
const BLOCK_BYTES: usize = 65_535;

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// The bytes as a gzip file.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![MAGIC[0], MAGIC[1], 8, 0, 0, 0, 0, 0, 0, 3];
    let blocks = bytes.len().div_ceil(BLOCK_BYTES).max(1);
    for at in 0..blocks {
        let block = bytes.get(at * BLOCK_BYTES..bytes.len().min((at + 1) * BLOCK_BYTES)).unwrap_or_default();
        let len = block.len() as u16;
        out.push(u8::from(at + 1 == blocks));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend(crc32(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// What a gzip file holds; `None`: it is none, or was not made here.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.get(..2) != Some(&MAGIC) {
        return None;
    }
    let mut rest = bytes.get(10..)?;
    let mut out = Vec::new();
    loop {
        let (last, len) = (*rest.first()?, usize::from(u16::from_le_bytes([*rest.get(1)?, *rest.get(2)?])));
        out.extend_from_slice(rest.get(5..5 + len)?);
        rest = rest.get(5 + len..)?;
        if last & 1 == 1 {
            return Some(out);
        }
    }
}

/// Whether these bytes are a gzip file's.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("decompress", 'd'),
        ("uncompress", 'd'),
        ("stdout", 'c'),
        ("to-stdout", 'c'),
        ("keep", 'k'),
        ("force", 'f'),
        ("list", 'l'),
        ("test", 't'),
        ("verbose", 'v'),
        ("quiet", 'q'),
        ("recursive", 'r'),
        ("no-name", 'n'),
        ("fast", '1'),
        ("best", '9'),
    ];
    // What is packed is as large as before, so `-l` and `-v` have nothing true to tell.
    let options = match t.options("!lrv!dckflqrtvn123456789", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let unpacking = options.has('d') || options.has('t') || t.name != "gzip";
    let to_stdout = options.has('c') || t.name == "zcat";
    let mut status = 0;
    for name in t.inputs(&options.operands) {
        let done = if options.has('t') {
            test(&t, &name).await
        } else if name == "-" {
            filter(&t, &name, unpacking).await
        } else {
            file(&t, &name, unpacking, to_stdout, options.has('k'), options.has('f')).await
        };
        status = status.max(done);
    }
    status
}

/// `-t`: whether the file can be unpacked.
async fn test(t: &Tool, name: &str) -> i32 {
    let message = match t.read(name).await {
        Ok(bytes) if unpack(&bytes).is_some() => return 0,
        Ok(_) if t.busybox() => "invalid magic\n".to_owned(),
        Ok(_) => format!("\ngzip: {name}: not in gzip format\n"),
        Err(errno) => format!("gzip: {name}: {errno}\n"),
    };
    t.ctx.eprint(&message).await;
    1
}

async fn filter(t: &Tool, name: &str, unpacking: bool) -> i32 {
    let bytes = match t.read(name).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            t.complain(&format!("{name}: {errno}")).await;
            return 1;
        }
    };
    let label = if name == "-" { "stdin" } else { name };
    let made = if unpacking { unpack(&bytes) } else { Some(pack(&bytes)) };
    match made {
        Some(made) => i32::from(!t.out(made).await),
        None if t.busybox() => {
            t.complain("invalid magic").await;
            1
        }
        None if bytes.is_empty() => 0,
        None => {
            t.ctx.eprint(&format!("\ngzip: {label}: not in gzip format\n")).await;
            1
        }
    }
}

async fn file(t: &Tool, name: &str, unpacking: bool, to_stdout: bool, keep: bool, force: bool) -> i32 {
    let complain = async |what: String| {
        let who = if t.busybox() { t.name } else { "gzip" };
        t.ctx.eprint(&format!("{who}: {what}\n")).await;
        1
    };
    let meta: Metadata = match t.meta(name, true) {
        Ok(meta) if meta.is_dir() => {
            let status = complain(format!("{name} is a directory -- ignored")).await;
            return status + 1;
        }
        Ok(meta) => meta,
        Err(errno) => return complain(format!("{name}: {errno}")).await,
    };
    let target = match (unpacking, name.strip_suffix(".gz"), name.strip_suffix(".tgz")) {
        (true, Some(plain), _) => plain.to_owned(),
        (true, None, Some(plain)) => format!("{plain}.tar"),
        (true, None, None) if to_stdout => String::new(),
        (true, None, None) => {
            let dash = if t.busybox() { "-" } else { "--" };
            complain(format!("{name}: unknown suffix {dash} ignored")).await;
            return if t.busybox() { 1 } else { 2 };
        }
        (false, Some(_), _) if !to_stdout => {
            complain(format!("{name} already has .gz suffix -- unchanged")).await;
            return 2;
        }
        (false, ..) => format!("{name}.gz"),
    };
    if to_stdout {
        return filter(t, name, unpacking).await;
    }
    let bytes = match t.read(name).await {
        Ok(bytes) => bytes,
        Err(errno) => return complain(format!("{name}: {errno}")).await,
    };
    let made = if unpacking { unpack(&bytes) } else { Some(pack(&bytes)) };
    let Some(made) = made else {
        t.ctx.eprint(&format!("\ngzip: {name}: not in gzip format\n")).await;
        return 1;
    };
    if t.meta(&target, true).is_ok() && !force {
        return complain(format!("{target} already exists;\tnot overwritten")).await + 1;
    }
    let written = match t.create(&target, false) {
        Ok(file) => t.write_to(&file, &made).await,
        Err(errno) => Err(errno),
    };
    if let Err(errno) = written {
        return complain(format!("{target}: {errno}")).await;
    }
    let _ = t.vfs().change(&t.path(&target), t.who(), |inode| {
        inode.mode = meta.mode;
        inode.modified = meta.modified;
    });
    if !keep {
        let _ = t.vfs().remove_file(&t.path(name), t.ctx.now(), t.who());
    }
    0
}
