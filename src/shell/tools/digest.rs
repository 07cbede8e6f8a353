//! `md5sum`, `sha1sum`, `sha256sum`.

use super::options::Options;
use super::tool::{Tool, lines, text};

fn padded(bytes: &[u8], big_endian: bool) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.push(0x80);
    while out.len() % 64 != 56 {
        out.push(0);
    }
    let bits = (bytes.len() as u64).wrapping_mul(8);
    out.extend(if big_endian { bits.to_be_bytes() } else { bits.to_le_bytes() });
    out
}

fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes.into_iter().map(|b| format!("{b:02x}")).collect()
}

fn md5(bytes: &[u8]) -> String {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, false).chunks_exact(64) {
        let words: Vec<u32> = block.chunks_exact(4).map(|w| w.iter().rev().fold(0, |acc, b| acc << 8 | u32::from(*b))).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64usize {
            let (f, g) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), (7 * i) % 16),
            };
            let k = (f64::abs(f64::sin((i + 1) as f64)) * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(f).wrapping_add(k).wrapping_add(words.get(g).copied().unwrap_or(0));
            let shift = SHIFTS.get(i / 16).and_then(|row| row.get(i % 4)).copied().unwrap_or(0);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d]) {
            *slot = slot.wrapping_add(value);
        }
    }
    hex(state.iter().flat_map(|w| w.to_le_bytes()))
}

fn sha1(bytes: &[u8]) -> String {
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, true).chunks_exact(64) {
        let mut w: Vec<u32> = block.chunks_exact(4).map(|w| w.iter().fold(0, |acc, b| acc << 8 | u32::from(*b))).collect();
        for i in 16..80 {
            let at = |n: usize| w.get(i - n).copied().unwrap_or(0);
            let next = (at(3) ^ at(8) ^ at(14) ^ at(16)).rotate_left(1);
            w.push(next);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in w.iter().enumerate() {
            let (f, k) = match i / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999u32),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d, e]) {
            *slot = slot.wrapping_add(value);
        }
    }
    hex(state.iter().flat_map(|w| w.to_be_bytes()))
}

/// The first `count` primes.
fn primes(count: usize) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::new();
    let mut n = 2;
    while out.len() < count {
        if out.iter().all(|p| n % p != 0) {
            out.push(n);
        }
        n += 1;
    }
    out
}

/// The first 32 bits of the fraction of `n`'s root, exactly.
fn root_fraction(n: u32, cube: bool) -> u32 {
    // The largest x with x^k <= n << (32 k): its low 32 bits are the fraction's.
    let (mut low, mut high) = (0u128, 1u128 << 37);
    while low + 1 < high {
        let mid = (low + high) / 2;
        let fits = if cube { mid * mid * mid <= u128::from(n) << 96 } else { mid * mid <= u128::from(n) << 64 };
        if fits { low = mid } else { high = mid }
    }
    low as u32
}

/// SHA-256, as lowercase hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let primes = primes(64);
    let k: Vec<u32> = primes.iter().map(|p| root_fraction(*p, true)).collect();
    let mut state: Vec<u32> = primes.iter().take(8).map(|p| root_fraction(*p, false)).collect();
    for block in padded(bytes, true).chunks_exact(64) {
        let mut w: Vec<u32> = block.chunks_exact(4).map(|w| w.iter().fold(0, |acc, b| acc << 8 | u32::from(*b))).collect();
        for i in 16..64 {
            let at = |n: usize| w.get(i - n).copied().unwrap_or(0);
            let s0 = at(15).rotate_right(7) ^ at(15).rotate_right(18) ^ (at(15) >> 3);
            let s1 = at(2).rotate_right(17) ^ at(2).rotate_right(19) ^ (at(2) >> 10);
            let next = at(16).wrapping_add(s0).wrapping_add(at(7)).wrapping_add(s1);
            w.push(next);
        }
        let mut v: [u32; 8] = std::array::from_fn(|i| state.get(i).copied().unwrap_or(0));
        for (word, k) in w.iter().zip(&k) {
            let [a, b, c, d, e, f, g, h] = v;
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let t1 = h.wrapping_add(s1).wrapping_add((e & f) ^ (!e & g)).wrapping_add(*k).wrapping_add(*word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            v = [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g];
        }
        for (slot, value) in state.iter_mut().zip(v) {
            *slot = slot.wrapping_add(value);
        }
    }
    hex(state.iter().flat_map(|w| w.to_be_bytes()))
}

pub(super) async fn run(t: Tool) -> i32 {
    let digest: fn(&[u8]) -> String = match t.name {
        "md5sum" => md5,
        "sha1sum" => sha1,
        _ => sha256,
    };
    let short = if t.busybox() { "cswbt" } else { "cwbtz|sqSgI" };
    let options = match t.options(short, LONG, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some((name, _)) = LONG.iter().find(|(_, letter)| "sqwSI".contains(*letter) && options.has(*letter) && !options.has('c')) {
        return t.misuse(&format!("the --{name} option is meaningful only when verifying checksums"), 1).await;
    }
    let mut status = 0;
    for name in t.inputs(&options.operands) {
        let bytes = match t.read(&name).await {
            Ok(_) if name != "-" && t.is_dir(&name) => Err(crate::process::Errno::EISDIR),
            result => result,
        };
        match bytes {
            Ok(bytes) if options.has('c') => status |= i32::from(!check(&t, &options, digest, &name, &bytes).await),
            Ok(bytes) => {
                let (sum, end) = (digest(&bytes), if options.has('z') { '\0' } else { '\n' });
                let mark = if options.has('b') && !t.busybox() { '*' } else { ' ' };
                let line = match options.has('g') {
                    true => format!("{} ({name}) = {sum}{end}", algorithm(&t)),
                    false => format!("{sum} {mark}{name}{end}"),
                };
                t.out(line).await;
            }
            Err(errno) => {
                t.cannot_open(&name, errno).await;
                status = 1;
            }
        }
    }
    status
}

/// The letters after `b` are no options by themselves.
const LONG: &[(&str, char)] = &[
    ("check", 'c'),
    ("text", 't'),
    ("zero", 'z'),
    ("warn", 'w'),
    ("binary", 'b'),
    ("quiet", 'q'),
    ("status", 's'),
    ("strict", 'S'),
    ("ignore-missing", 'I'),
    ("tag", 'g'),
];

/// `SHA256`
fn algorithm(t: &Tool) -> String {
    t.name.trim_end_matches("sum").to_uppercase()
}

/// What `-c` found in a list.
#[derive(Default)]
struct Checked {
    good: usize,
    misformatted: usize,
    unreadable: usize,
    mismatched: usize,
}

/// The sum and the file that a line of a list names: `sum  file`, `sum *file`, `SHA256 (file) = sum`.
fn listed<'a>(line: &'a str, algorithm: &str, digits: usize) -> Option<(&'a str, &'a str)> {
    let tagged = line.strip_prefix(algorithm).and_then(|rest| rest.strip_prefix(" (")).and_then(|rest| rest.rsplit_once(") = "));
    let (sum, file) = tagged.map(|(file, sum)| (sum, file)).or(line.split_once("  ")).or(line.split_once(" *"))?;
    (sum.len() == digits && sum.bytes().all(|b| b.is_ascii_hexdigit())).then_some((sum, file))
}

/// `-c`: whether all that a list names is as it says.
async fn check(t: &Tool, options: &Options, digest: fn(&[u8]) -> String, list: &str, bytes: &[u8]) -> bool {
    let algorithm = algorithm(t);
    let mut checked = Checked::default();
    for (i, line) in lines(bytes).into_iter().map(text).enumerate() {
        let Some((sum, file)) = listed(&line, &algorithm, digest(b"").len()) else {
            checked.misformatted += 1;
            match (options.has('w'), t.busybox()) {
                (false, _) => {}
                (_, true) => t.complain("invalid format").await,
                _ => t.complain(&format!("{list}: {}: improperly formatted {algorithm} checksum line", i + 1)).await,
            }
            continue;
        };
        let result = match t.read(file).await {
            Ok(bytes) if digest(&bytes) == sum.to_lowercase() => {
                checked.good += 1;
                if options.has('q') {
                    continue;
                }
                "OK"
            }
            Ok(_) => {
                checked.mismatched += 1;
                "FAILED"
            }
            Err(crate::process::Errno::ENOENT) if options.has('I') => continue,
            Err(errno) => {
                checked.unreadable += 1;
                t.cannot_open(file, errno).await;
                if t.busybox() { "FAILED" } else { "FAILED open or read" }
            }
        };
        if !options.has('s') {
            t.out(format!("{file}: {result}\n")).await;
        }
    }
    checked.tell(t, options, list).await
}

impl Checked {
    /// Warns of what is wrong; whether nothing is.
    async fn tell(&self, t: &Tool, options: &Options, list: &str) -> bool {
        let (misformatted, unreadable, mismatched) = (self.misformatted, self.unreadable, self.mismatched);
        let read = self.good + unreadable + mismatched;
        if t.busybox() {
            let (failed, all) = (misformatted + unreadable + mismatched, read + misformatted);
            if failed > 0 && !options.has('s') {
                t.complain(&format!("WARNING: {failed} of {all} computed checksums did NOT match")).await;
            }
            return failed == 0;
        }
        let shown = if list == "-" { "'standard input'" } else { list };
        if read == 0 && !options.has('I') {
            t.complain(&format!("{shown}: no properly formatted checksum lines found")).await;
            return false;
        }
        for (count, one, more) in [
            (misformatted, "line is improperly formatted", "lines are improperly formatted"),
            (unreadable, "listed file could not be read", "listed files could not be read"),
            (mismatched, "computed checksum did NOT match", "computed checksums did NOT match"),
        ] {
            if count > 0 && !options.has('s') {
                t.complain(&format!("WARNING: {count} {}", if count == 1 { one } else { more })).await;
            }
        }
        if read == 0 {
            t.complain(&format!("{shown}: no file was verified")).await;
        }
        read > 0 && unreadable == 0 && mismatched == 0 && !(options.has('S') && misformatted > 0)
    }
}
