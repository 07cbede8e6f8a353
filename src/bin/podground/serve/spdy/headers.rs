//! Headers of SPDY/3.1: pairs with lengths, compressed by zlib with a dictionary that the protocol fixes.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

/// A block larger than this, unpacked, is refused.
const LIMIT_BYTES: usize = 64 * 1024;

/// The dictionary's words, each of which stands there behind its length.
const WORDS: &str = "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow \
    authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 \
    content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since \
    last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer \
    transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public \
    set-cookie keep-alive origin";

/// What follows them.
const TAIL: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505\
    203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden\
    404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable\
    Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT\
    chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,\
    publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

fn dictionary() -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in WORDS.split_whitespace() {
        let word = word.replace('_', " ");
        bytes.extend((word.len() as u32).to_be_bytes());
        bytes.extend(word.as_bytes());
    }
    bytes.extend(TAIL.as_bytes());
    bytes
}

/// Unpacks one connection's blocks, which are one stream of zlib.
pub struct Inflater(Decompress);

impl Inflater {
    pub fn new() -> Inflater {
        Inflater(Decompress::new(true))
    }

    /// A block's headers, names in lower case; `None`: it is none.
    pub fn block(&mut self, packed: &[u8]) -> Option<Vec<(String, String)>> {
        let inflate = &mut self.0;
        let mut bytes = Vec::with_capacity(1024);
        let mut rest = packed;
        loop {
            let (before_in, before_out) = (inflate.total_in(), bytes.len());
            let done = inflate.decompress_vec(rest, &mut bytes, FlushDecompress::Sync);
            rest = rest.get(usize::try_from(inflate.total_in() - before_in).ok()?..)?;
            match done {
                Err(error) if error.needs_dictionary().is_some() => drop(inflate.set_dictionary(&dictionary()).ok()?),
                Err(_) => return None,
                Ok(_) if rest.is_empty() && bytes.len() < bytes.capacity() => break,
                Ok(_) if bytes.len() == bytes.capacity() && bytes.len() < LIMIT_BYTES => bytes.reserve(1024),
                // No progress, or too much.
                Ok(_) if bytes.len() == before_out => return None,
                Ok(_) if bytes.len() >= LIMIT_BYTES => return None,
                Ok(_) => {}
            }
        }
        pairs(&bytes)
    }
}

fn pairs(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut at = 0;
    let number = |at: &mut usize| -> Option<usize> {
        let value = u32::from_be_bytes(bytes.get(*at..*at + 4)?.try_into().ok()?);
        *at += 4;
        usize::try_from(value).ok()
    };
    let count = number(&mut at)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let text = |at: &mut usize| -> Option<String> {
            let length = number(at)?;
            let text = String::from_utf8_lossy(bytes.get(*at..at.checked_add(length)?)?).into_owned();
            *at += length;
            Some(text)
        };
        let name = text(&mut at)?.to_ascii_lowercase();
        found.push((name, text(&mut at)?));
    }
    Some(found)
}

/// Packs our blocks, which are one stream of zlib too.
pub struct Deflater(Compress);

impl Deflater {
    pub fn new() -> Deflater {
        let mut deflate = Compress::new(Compression::new(6), true);
        // A fresh stream takes a dictionary.
        let _ = deflate.set_dictionary(&dictionary());
        Deflater(deflate)
    }

    /// A block without headers.
    pub fn empty(&mut self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(64);
        // An empty block is four bytes: it fits.
        let _ = self.0.compress_vec(&[0; 4], &mut packed, FlushCompress::Sync);
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_the_protocols() {
        let (mut low, mut high) = (1u32, 0u32);
        for byte in dictionary() {
            low = (low + u32::from(byte)) % 65521;
            high = (high + low) % 65521;
        }
        assert_eq!(high << 16 | low, 0xe3c6_a7c2);
    }

    #[test]
    fn blocks_are_unpacked_one_after_the_other() {
        let mut deflate = Compress::new(Compression::new(6), true);
        deflate.set_dictionary(&dictionary()).expect("a fresh stream");
        let mut inflater = Inflater::new();
        for value in ["error", "data", &"long ".repeat(2000)] {
            let mut plain = 1u32.to_be_bytes().to_vec();
            for text in ["StreamType", value] {
                plain.extend((text.len() as u32).to_be_bytes());
                plain.extend(text.as_bytes());
            }
            let mut packed = Vec::with_capacity(plain.len() + 100);
            deflate.compress_vec(&plain, &mut packed, FlushCompress::Sync).expect("packed");
            assert_eq!(inflater.block(&packed), Some(vec![("streamtype".to_owned(), value.to_owned())]));
        }
        assert_eq!(inflater.block(b"nonsense"), None);
        let mut deflater = Deflater::new();
        let mut inflater = Inflater::new();
        assert_eq!((inflater.block(&deflater.empty()), inflater.block(&deflater.empty())), (Some(Vec::new()), Some(Vec::new())));
    }
}
