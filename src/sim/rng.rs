use std::cell::Cell;
use std::ops::Range;
use std::time::Duration;

/// A seeded generator (SplitMix64). Small, fast, and the same on every target.
#[derive(Debug)]
pub struct Rng(Cell<u64>);

/// The letters of Kubernetes' generated names: no vowels and no look-alikes, so that no words form.
/// Models `k8s.io/apimachinery/pkg/util/rand`.
const SAFE_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Rng {
    /// A generator that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Rng(Cell::new(seed))
    }

    /// An own stream for `purpose`, so that one component's draws do not shift another's.
    pub fn fork(&self, purpose: &str) -> Rng {
        let mut hash = 0xcbf2_9ce4_8422_2325u64 ^ self.0.get();
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Rng::new(hash)
    }

    /// 64 bits.
    pub fn next_u64(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// What `draw` draws does not count: afterwards the generator is as it was before. For what must leave no trace.
    pub fn aside<T>(&self, draw: impl FnOnce() -> T) -> T {
        let state = self.0.get();
        let drawn = draw();
        self.0.set(state);
        drawn
    }

    /// A number below `bound` (0 where `bound` is 0).
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// A duration within `range`.
    pub fn duration(&self, range: Range<Duration>) -> Duration {
        let span = range.end.saturating_sub(range.start);
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        range.start + Duration::from_nanos(self.below(nanos))
    }

    /// `n` letters of the alphabet of generated names.
    pub fn suffix(&self, n: usize) -> String {
        let pick = || SAFE_ALPHABET[self.below(SAFE_ALPHABET.len() as u64) as usize] as char;
        (0..n).map(|_| pick()).collect()
    }

    /// `n` hexadecimal digits, as of container IDs.
    pub fn hex(&self, n: usize) -> String {
        (0..n).map(|_| char::from_digit(self.below(16) as u32, 16).unwrap_or('0')).collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&self) -> String {
        let (a, b) = (self.next_u64(), self.next_u64());
        let (hi, lo) = ((a & 0xffff_ffff_ffff_0fff) | 0x4000, (b & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000);
        format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", hi >> 32, (hi >> 16) & 0xffff, hi & 0xffff, lo >> 48, lo & 0xffff_ffff_ffff)
    }
}
