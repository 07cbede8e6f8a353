use super::tool::Tool;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let index = (word >> (18 - 6 * i) & 63) as usize;
            out.push(if i > chunk.len() { '=' } else { ALPHABET.get(index).map_or('=', |b| char::from(*b)) });
        }
    }
    out
}

/// The bytes of base64 text; `None` with what came before the mistake's place.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut out = Vec::new();
    let (mut word, mut bits, mut count, mut padding) = (0u32, 0, 0usize, 0usize);
    for byte in text.iter().filter(|b| !b.is_ascii_whitespace()) {
        if *byte == b'=' {
            padding += 1;
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|a| a == byte) else { return Err(out) };
        word = word << 6 | value as u32;
        bits += 6;
        count += 1;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    // A last group of two or three letters has its padding.
    if (count + padding) % 4 == 0 && padding < 3 { Ok(out) } else { Err(out) }
}

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("dDiw:", &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let name = options.operands.first().map_or("-", String::as_str);
    let mut bytes = match t.read(name).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            t.cannot_open(name, errno).await;
            return 1;
        }
    };
    if options.has('d') || options.has('D') {
        if options.has('i') || t.busybox() {
            bytes.retain(|b| ALPHABET.contains(b) || *b == b'=');
        }
        return match decode(&bytes) {
            Ok(bytes) => i32::from(!t.out(bytes).await),
            Err(bytes) => {
                t.out(bytes).await;
                t.complain(if t.busybox() { "truncated input" } else { "invalid input" }).await;
                1
            }
        };
    }
    let text = encode(&bytes);
    let wrap: usize = match t.number(options.value('w'), 76, "invalid wrap size").await {
        Ok(wrap) => wrap,
        Err(status) => return status,
    };
    let out =
        if wrap == 0 { text } else { text.as_bytes().chunks(wrap).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect() };
    i32::from(!t.out(out).await)
}
