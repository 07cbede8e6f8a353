use super::ls::human;
use super::tool::{Tool, size};
use crate::process::{Errno, File, OpenOptions, read_file};

/// A block is as long as this at most.
const BLOCK_LIMIT_BYTES: u64 = 16 << 20;
/// `seek=` goes this far at most: a file's holes take room here.
const SEEK_LIMIT_BYTES: u64 = 64 << 20;
/// What changes nothing here: nothing is cached, and a read gives a whole block where there is one.
const IDLE_FLAGS: &[&str] =
    &["binary", "direct", "dsync", "sync", "fullblock", "noatime", "nocache", "noctty", "nofollow", "nonblock", "text"];

/// What the operands ask for.
struct Asked {
    input: Option<String>,
    output: Option<String>,
    /// Bytes of a block that is read, and of one that is written.
    blocks: [u64; 2],
    count: Option<u64>,
    skip: u64,
    seek: u64,
    status: String,
    conv: Vec<String>,
    iflag: Vec<String>,
    oflag: Vec<String>,
}

/// A mistake in the operands, and whether the help is pointed at.
type Mistake = (String, bool);

impl Asked {
    fn parse(t: &Tool) -> Result<Asked, Mistake> {
        let mut asked = Asked {
            input: None,
            output: None,
            blocks: [512; 2],
            count: None,
            skip: 0,
            seek: 0,
            status: String::new(),
            conv: Vec::new(),
            iflag: Vec::new(),
            oflag: Vec::new(),
        };
        let unknown = |word: &str| (format!("unrecognized operand {}", t.quote(word)), true);
        let list = |value: &str| value.split(',').map(str::to_owned).collect();
        let mut whole = None;
        for word in t.args.iter().skip(1) {
            let (name, value) = word.split_once('=').ok_or_else(|| unknown(word))?;
            let number = || number(value).ok_or_else(|| invalid(t, value));
            let block = || number().and_then(|n| if n == 0 { Err(invalid(t, value)) } else { Ok(n.min(BLOCK_LIMIT_BYTES)) });
            match name {
                "if" => asked.input = Some(value.to_owned()),
                "of" => asked.output = Some(value.to_owned()),
                "bs" => whole = Some(block()?),
                "ibs" => asked.blocks[0] = block()?,
                "obs" => asked.blocks[1] = block()?,
                "count" => asked.count = Some(number()?),
                "skip" | "iseek" => asked.skip = number()?,
                "seek" | "oseek" => asked.seek = number()?,
                "status" if !matches!(value, "none" | "noxfer" | "progress") => {
                    return Err((format!("invalid status level: {}", t.quote(value)), true));
                }
                "status" => asked.status = value.to_owned(),
                "conv" => asked.conv = list(value),
                "iflag" => asked.iflag = list(value),
                "oflag" => asked.oflag = list(value),
                "cbs" => return Err(("cbs= is not simulated in Podground".into(), false)),
                _ => return Err(unknown(word)),
            }
        }
        asked.blocks = whole.map_or(asked.blocks, |bytes| [bytes; 2]);
        asked.check_flags(t)?;
        Ok(asked)
    }

    fn check_flags(&self, t: &Tool) -> Result<(), Mistake> {
        const CONVERSIONS: &[&str] =
            &["excl", "fdatasync", "fsync", "lcase", "nocreat", "noerror", "notrunc", "sparse", "swab", "sync", "ucase"];
        for (what, given, own) in [
            ("conversion", &self.conv, CONVERSIONS),
            ("input flag", &self.iflag, &["count_bytes", "skip_bytes"]),
            ("output flag", &self.oflag, &["append", "seek_bytes"]),
        ] {
            let known = |flag: &&String| own.contains(&flag.as_str()) || what != "conversion" && IDLE_FLAGS.contains(&flag.as_str());
            match given.iter().find(|flag| !known(flag)) {
                Some(flag) if matches!(flag.as_str(), "ascii" | "ebcdic" | "ibm" | "block" | "unblock" | "directory") => {
                    return Err((format!("{flag} is not simulated in Podground"), false));
                }
                Some(flag) => return Err((format!("invalid {what}: {}", t.quote(flag)), true)),
                None => {}
            }
        }
        if self.converts("lcase") && self.converts("ucase") {
            return Err(("cannot combine lcase and ucase".into(), false));
        }
        Ok(())
    }

    fn converts(&self, name: &str) -> bool {
        self.conv.iter().any(|conv| conv == name)
    }

    /// Bytes that `skip` or `seek` means.
    fn offset(&self, blocks: u64, side: usize) -> u64 {
        let (flags, flag) = if side == 0 { (&self.iflag, "skip_bytes") } else { (&self.oflag, "seek_bytes") };
        let by_bytes = flags.iter().any(|f| f == flag);
        if by_bytes { blocks } else { self.blocks.get(side).map_or(blocks, |block| blocks.saturating_mul(*block)) }
    }

    /// A block as it is written.
    fn converted(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.converts("sync") {
            bytes.resize(self.blocks[0] as usize, 0);
        }
        if self.converts("swab") {
            bytes.chunks_exact_mut(2).for_each(|pair| pair.reverse());
        }
        if self.converts("ucase") {
            bytes.make_ascii_uppercase();
        } else if self.converts("lcase") {
            bytes.make_ascii_lowercase();
        }
        bytes
    }
}

fn invalid(t: &Tool, value: &str) -> Mistake {
    let message = if t.busybox() { format!("invalid number '{value}'") } else { format!("invalid number: {}", t.quote(value)) };
    (message, false)
}

/// `2x512`, `4k`
fn number(text: &str) -> Option<u64> {
    text.split('x').try_fold(1u64, |product, factor| product.checked_mul(size(factor)?))
}

pub(super) async fn run(t: Tool) -> i32 {
    let asked = match Asked::parse(&t) {
        Ok(asked) => asked,
        Err((message, true)) => return t.misuse(&message, 1).await,
        Err((message, false)) => {
            t.complain(&message).await;
            return 1;
        }
    };
    let input = match t.open(asked.input.as_deref().unwrap_or("-")) {
        Ok(input) => input,
        Err(errno) => return cannot_open(&t, asked.input.as_deref(), errno).await,
    };
    let output = match open_output(&t, &asked).await {
        Ok(output) => output,
        Err(errno) => return cannot_open(&t, asked.output.as_deref(), errno).await,
    };
    let started = t.ctx.now();
    skip(&t, &asked, &input).await;
    let copied = copy(&t, &asked, &input, &output).await;
    if let Some(errno) = copied.failed {
        let name = asked.output.clone().unwrap_or_else(|| "standard output".into());
        t.complain(&format!("error writing {}: {errno}", t.name_of(&name))).await;
    }
    if asked.status != "none" {
        t.ctx.eprint(&copied.report(&t, &asked, started)).await;
    }
    i32::from(copied.failed.is_some())
}

async fn cannot_open(t: &Tool, name: Option<&str>, errno: Errno) -> i32 {
    let name = name.unwrap_or("standard input");
    let message =
        if t.busybox() { format!("can't open '{name}': {errno}") } else { format!("failed to open {}: {errno}", t.name_of(name)) };
    t.complain(&message).await;
    1
}

/// Opens the output, at the offset and as long as the operands ask for.
async fn open_output(t: &Tool, asked: &Asked) -> Result<File, Errno> {
    let Some(name) = &asked.output else { return t.ctx.file(1) };
    let seek = asked.offset(asked.seek, 1);
    if seek > SEEK_LIMIT_BYTES {
        return Err(Errno::EFBIG);
    }
    let keeps = asked.converts("notrunc");
    // What is before the offset stays.
    let mut head = if keeps || seek == 0 { Vec::new() } else { t.read(name).await.unwrap_or_default() };
    let options = OpenOptions {
        append: asked.oflag.iter().any(|flag| flag == "append"),
        create: !asked.converts("nocreat"),
        exclusive: asked.converts("excl"),
        truncate: !keeps,
        ..OpenOptions::WRITE
    };
    let file = t.ctx.open_file(name, options)?;
    if keeps && seek > 0 {
        file.seek(seek)?;
    } else if seek > 0 {
        head.resize(seek as usize, 0);
        t.write_to(&file, &head).await?;
    }
    Ok(file)
}

/// Passes over what `skip` says.
async fn skip(t: &Tool, asked: &Asked, input: &File) {
    let wanted = asked.offset(asked.skip, 0);
    let mut left = wanted;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(64 * 1024);
        match read_file(input, part).await {
            Ok(chunk) if !chunk.is_empty() => left -= chunk.len() as u64,
            _ => break,
        }
        t.ctx.step().await;
    }
    if left > 0 && !t.busybox() {
        let name = asked.input.as_deref().unwrap_or("'standard input'");
        t.complain(&format!("{name}: cannot skip to specified offset")).await;
    }
}

#[derive(Default)]
struct Copied {
    full: u64,
    partial: u64,
    /// Bytes written.
    bytes: u64,
    failed: Option<Errno>,
}

async fn copy(t: &Tool, asked: &Asked, input: &File, output: &File) -> Copied {
    let mut copied = Copied::default();
    let block = asked.blocks[0] as usize;
    let by_bytes = asked.iflag.iter().any(|flag| flag == "count_bytes");
    let mut left = asked.count.map_or(u64::MAX, |count| if by_bytes { count } else { count.saturating_mul(block as u64) });
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(block).min(block);
        let mut bytes = Vec::new();
        while bytes.len() < wanted {
            match read_file(input, wanted - bytes.len()).await {
                Ok(chunk) if !chunk.is_empty() => bytes.extend(chunk),
                _ => break,
            }
        }
        t.ctx.step().await;
        if bytes.is_empty() {
            break;
        }
        left -= bytes.len() as u64;
        if bytes.len() == block {
            copied.full += 1
        } else {
            copied.partial += 1
        }
        let bytes = asked.converted(bytes);
        if let Err(errno) = t.write_to(output, &bytes).await {
            copied.failed = Some(errno);
            break;
        }
        copied.bytes += bytes.len() as u64;
    }
    copied
}

impl Copied {
    /// What stands on stderr in the end.
    fn report(&self, t: &Tool, asked: &Asked, started: crate::sim::Time) -> String {
        let (full, partial, bytes) = (self.full, self.partial, self.bytes);
        let written = asked.blocks[1];
        let mut said = format!("{full}+{partial} records in\n{}+{} records out\n", bytes / written, u64::from(bytes % written > 0));
        if asked.status != "noxfer" {
            let seconds = t.ctx.now().since(started).as_secs_f64().max(0.000_001);
            let plural = if bytes == 1 { "byte" } else { "bytes" };
            let unit = match bytes >= 1000 && !t.busybox() {
                true => format!(" ({} B, {} B)", decimal(bytes), binary(bytes)),
                false => String::new(),
            };
            let rate = (bytes as f64 / seconds / 1e6 * 10.0).round() / 10.0;
            said.push_str(&format!("{bytes} {plural}{unit} copied, {seconds:.6} s, {rate} MB/s\n"));
        }
        said
    }
}

fn decimal(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "");
    for next in ["k", "M", "G", "T"] {
        if value >= 1000.0 {
            value /= 1000.0;
            unit = next;
        }
    }
    if value < 10.0 && !unit.is_empty() { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

fn binary(bytes: u64) -> String {
    let text = human(bytes);
    match text.strip_suffix(|c: char| c.is_ascii_alphabetic()) {
        Some(number) => format!("{number} {}i", text.get(number.len()..).unwrap_or("")),
        None => text,
    }
}
