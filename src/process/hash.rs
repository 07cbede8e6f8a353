//! Hashes that programs make of bytes.

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

/// MD5, as lowercase hexadecimal.
pub fn md5(bytes: &[u8]) -> String {
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

/// SHA-1, as lowercase hexadecimal.
pub fn sha1(bytes: &[u8]) -> String {
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
pub fn sha256(bytes: &[u8]) -> String {
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
