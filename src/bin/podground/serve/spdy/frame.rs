//! Frames of SPDY/3.1: a head of eight bytes, then the body.

const VERSION: u8 = 3;
const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const HEADERS: u16 = 8;
const FLAG_FIN: u8 = 1;
/// Stream numbers have 31 bits.
const MASK: u32 = 0x7fff_ffff;

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    Open {
        id: u32,
        fin: bool,
        block: Vec<u8>,
    },
    Headers {
        block: Vec<u8>,
    },
    Data {
        id: u32,
        fin: bool,
        bytes: Vec<u8>,
    },
    Reset {
        id: u32,
    },
    Ping {
        id: u32,
    },
    GoAway,
    /// Settings and window updates, which change nothing here.
    Other,
}

/// The body's length.
pub fn length(head: &[u8; 8]) -> usize {
    usize::from(head[5]) << 16 | usize::from(head[6]) << 8 | usize::from(head[7])
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

impl Frame {
    /// Reads a frame; `None`: it is none.
    pub fn parse(head: &[u8; 8], body: Vec<u8>) -> Option<Frame> {
        let fin = head[4] & FLAG_FIN != 0;
        if head[0] & 0x80 == 0 {
            return Some(Frame::Data { id: number(head, 0)? & MASK, fin, bytes: body });
        }
        if head[0] != 0x80 || head[1] != VERSION {
            return None;
        }
        let id = || Some(number(&body, 0)? & MASK);
        Some(match u16::from_be_bytes([head[2], head[3]]) {
            // Number, the number of the stream it belongs to, priority and slot, then the headers.
            SYN_STREAM => Frame::Open { id: id()?, fin, block: body.get(10..)?.to_vec() },
            SYN_REPLY | HEADERS => Frame::Headers { block: body.get(4..)?.to_vec() },
            RST_STREAM => Frame::Reset { id: id()? },
            PING => Frame::Ping { id: number(&body, 0)? },
            GOAWAY => Frame::GoAway,
            _ => Frame::Other,
        })
    }
}

fn control(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80, VERSION];
    frame.extend(kind.to_be_bytes());
    frame.push(0);
    frame.extend(&(body.len() as u32).to_be_bytes()[1..]);
    frame.extend(body);
    frame
}

/// Data on a stream; `fin` ends our half.
pub fn data(id: u32, bytes: &[u8], fin: bool) -> Vec<u8> {
    let mut frame = (id & MASK).to_be_bytes().to_vec();
    frame.push(if fin { FLAG_FIN } else { 0 });
    frame.extend(&(bytes.len() as u32).to_be_bytes()[1..]);
    frame.extend(bytes);
    frame
}

/// The answer to an opened stream.
pub fn reply(id: u32, block: &[u8]) -> Vec<u8> {
    control(SYN_REPLY, &[&id.to_be_bytes(), block].concat())
}

/// The answer to a ping.
pub fn ping(id: u32) -> Vec<u8> {
    control(PING, &id.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(frame: &[u8]) -> Option<Frame> {
        let head: [u8; 8] = frame.get(..8)?.try_into().ok()?;
        let body = frame.get(8..)?.to_vec();
        assert_eq!(length(&head), body.len());
        Frame::parse(&head, body)
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&data(5, b"hi", true)), Some(Frame::Data { id: 5, fin: true, bytes: b"hi".to_vec() }));
        assert_eq!(read(&ping(7)), Some(Frame::Ping { id: 7 }));
        assert_eq!(read(&reply(1, b"xy")), Some(Frame::Headers { block: b"xy".to_vec() }));
        assert_eq!(read(&control(SYN_STREAM, &[0; 4])), None);
        assert_eq!(read(&[0x80, 2, 0, 6, 0, 0, 0, 0]), None);
    }
}
