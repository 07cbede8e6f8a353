//! `cksum` and `sum`.

use super::tool::Tool;

/// POSIX's check sum: a CRC of the bytes and of their number.
fn posix(bytes: &[u8]) -> u32 {
    let mut crc = 0u32;
    let mut feed = |byte: u8| {
        crc ^= u32::from(byte) << 24;
        for _ in 0..8 {
            crc = if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 };
        }
    };
    bytes.iter().for_each(|byte| feed(*byte));
    let mut length = bytes.len();
    while length > 0 {
        feed(length as u8);
        length >>= 8;
    }
    !crc
}

/// BSD's: rotated to the right before each byte.
fn bsd(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| ((sum >> 1) + ((sum & 1) << 15) + u32::from(*byte)) & 0xffff)
}

/// System V's.
fn system_v(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(0u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
    let folded = (sum & 0xffff) + (sum >> 16);
    (folded & 0xffff) + (folded >> 16)
}

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options(if t.name == "sum" { "rs" } else { "" }, &[("sysv", 's')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    for name in t.inputs(&options.operands) {
        let bytes = match t.read(&name).await {
            Ok(bytes) => bytes,
            Err(errno) => {
                t.cannot_open(&name, errno).await;
                status = 1;
                continue;
            }
        };
        let given = !options.operands.is_empty();
        let shown = if given { format!(" {name}") } else { String::new() };
        t.out(match (t.name, options.has('s')) {
            ("sum", true) => format!("{} {}{shown}\n", system_v(&bytes), bytes.len().div_ceil(512)),
            ("sum", false) => {
                format!("{:05} {:>5}{}\n", bsd(&bytes), bytes.len().div_ceil(1024), if given { shown } else { String::new() })
            }
            _ => format!("{} {}{shown}\n", posix(&bytes), bytes.len()),
        })
        .await;
    }
    status
}
