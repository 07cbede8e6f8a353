//! Base64 as Go's `encoding/base64` writes and reads it.

/// The digits of the usual alphabet, in order of their values.
pub const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// With padding. Models base64.StdEncoding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = write(bytes, STANDARD);
    text.extend(std::iter::repeat_n('=', text.len().next_multiple_of(4) - text.len()));
    text
}

/// For URLs, without padding. Models base64.RawURLEncoding.
pub fn encode_url(bytes: &[u8]) -> String {
    write(bytes, URL)
}

/// What [`encode`] writes; line breaks are skipped. The error is Go's CorruptInputError.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    read(text, STANDARD, true).map_err(corrupt)
}

/// What [`encode_url`] writes.
pub fn decode_url(text: &str) -> Result<Vec<u8>, String> {
    read(text, URL, false).map_err(corrupt)
}

fn corrupt(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

fn write(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digit = |place: usize| alphabet.get((bits >> (18 - 6 * place) & 63) as usize).copied();
        text.extend((0..=chunk.len()).filter_map(digit).map(char::from));
    }
    text
}

/// The bytes, or the place of what is wrong.
fn read(text: &str, alphabet: &[u8; 64], padded: bool) -> Result<Vec<u8>, usize> {
    let mut values = [None; 256];
    for (value, digit) in (0_u32..).zip(alphabet) {
        values[usize::from(*digit)] = Some(value);
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut push = |bits: u32, digits: usize| out.extend(bits.to_be_bytes().into_iter().skip(1).take(digits.saturating_sub(1)));
    let letters: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r')).collect();
    for (number, quad) in letters.chunks(4).enumerate() {
        let mut bits = 0;
        for (position, (at, byte)) in quad.iter().enumerate() {
            if let Some(value) = values[usize::from(*byte)] {
                bits |= value << (18 - 6 * position);
                continue;
            }
            if !padded || *byte != b'=' || position < 2 {
                return Err(*at);
            }
            // Padding: `xx==` or `xxx=`, and nothing behind it.
            match quad.get(3) {
                None => return Err(text.len()),
                Some((next, byte)) if *byte != b'=' => return Err(*next),
                Some(_) => {}
            }
            if let Some((after, _)) = letters.get(number * 4 + 4) {
                return Err(*after);
            }
            push(bits, position);
            return Ok(out);
        }
        match quad {
            [(at, _)] => return Err(*at),
            [(at, _), ..] if padded && quad.len() < 4 => return Err(*at),
            _ => push(bits, quad.len()),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", &[0, 255, 254, 1]] {
            assert_eq!(decode(&encode(bytes)), Ok(bytes.to_vec()));
            assert_eq!(decode_url(&encode_url(bytes)), Ok(bytes.to_vec()));
        }
        assert_eq!((encode(&[255, 254]), encode_url(&[255, 254])), ("//4=".into(), "__4".into()));
        assert_eq!(decode("aGVs\nbG8=\n"), Ok(b"hello".to_vec()));
    }

    /// Places as Go's decoder counts them.
    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let wrong = |text: &str, at: usize| assert_eq!(decode(text), Err(corrupt(at)), "{text}");
        wrong("plain text", 5);
        wrong("aGVsbG8", 4);
        wrong("aGVs bG8=", 4);
        wrong("a", 0);
        wrong("?", 0);
        wrong("=", 0);
        wrong("aa=", 3);
        wrong("aa=a", 3);
        wrong("aa==aaaa", 4);
        assert_eq!(decode_url("a!"), Err(corrupt(1)));
        assert_eq!(decode_url("abcda"), Err(corrupt(4)));
    }
}
