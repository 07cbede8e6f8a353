//! The list of functions that come first: a line each, a 32-bit hash of the name.
//!
//! Hashes, because the names with all their type arguments would be some hundred KB. Two names that share a hash
//! cost a function in the wrong half, no more.
use crate::module::Module;
use std::collections::BTreeSet;

const HEAD: &str = "\
# Functions that run before the first command has answered: FNV-1a hashes of their names. Made by `cargo xtask profile`;
# what is missing here is loaded later, what is too much is loaded too early.
";

/// The hash of a function's name; crates' disambiguators (`core[846817f741e54dfd]`), which change from build to build,
/// left out.
pub fn hash(name: &str) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix('[').and_then(disambiguator) {
            rest = after;
            continue;
        }
        let (head, tail) = rest.split_at(letter.len_utf8());
        hash = head.bytes().fold(hash, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        rest = tail;
    }
    hash
}

/// Whether chance decides if the function runs, so that it comes first whatever was observed: hashes differ from visit to
/// visit, and with them which keys of a hash table are compared and which tables grow. They are a few KB.
pub fn is_chance(name: &str) -> bool {
    name.contains("hashbrown[")
}

/// What comes after `0123456789abcdef]`.
fn disambiguator(text: &str) -> Option<&str> {
    let (inside, after) = text.split_once(']')?;
    ((8..=16).contains(&inside.len()) && inside.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(after)
}

/// The list for the functions (numbered without the imported ones) that ran.
pub fn list(wasm: &[u8], ran: &BTreeSet<u32>) -> Result<String, String> {
    let module = Module::read(wasm)?;
    let hashes: BTreeSet<u32> =
        ran.iter().filter_map(|number| module.names.get(&(number + module.imported))).map(|name| hash(name)).collect();
    if hashes.is_empty() {
        return Err("no named function ran".to_owned());
    }
    Ok(hashes.iter().fold(HEAD.to_owned(), |list, hash| list + &format!("{hash:08x}\n")))
}

/// The hashes of a list.
pub fn parse(list: &str) -> BTreeSet<u32> {
    list.lines().filter_map(|line| u32::from_str_radix(line, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_hash_from_build_to_build() {
        assert_eq!(hash("a[0123456789abcdef]::b::<[u8]>"), hash("a[fedcba9876543210]::b::<[u8]>"));
        assert_ne!(hash("a::b::<[u8]>"), hash("a::b::<[u16]>"));
        assert!(is_chance("<hashbrown[0123456789abcdef]::raw::RawTable<u8>>::reserve_rehash") && !is_chance("a::b"));
        assert_eq!(parse(&format!("{HEAD}{:08x}\n", hash("a::b"))), BTreeSet::from([hash("a::b")]));
    }
}
