//! Arbitrary-precision decimals for the few quantities that leave 64 bits. Models gopkg.in/inf.v0.
use std::cmp::Ordering;

const BASE: u64 = 1_000_000_000;
const BASE_DIGITS: usize = 9;

/// `± magnitude × 10^-scale`; the magnitude is held in base 10⁹, least significant limb first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    pub negative: bool,
    limbs: Vec<u32>,
    /// Decimal places; negative means trailing zeros.
    pub scale: i32,
}

impl Decimal {
    pub fn from_i64(value: i64, scale: i32) -> Self {
        let mut rest = value.unsigned_abs();
        let mut limbs = Vec::new();
        while rest > 0 {
            limbs.push((rest % BASE) as u32);
            rest /= BASE;
        }
        Self { negative: value < 0, limbs, scale }
    }

    /// Reads `[+-]digits[.digits]`; `None` when there is no digit or anything else in it.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, body) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, places) = body.split_once('.').unwrap_or((body, ""));
        let digits: Vec<u8> = whole.bytes().chain(places.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let limbs =
            digits.rchunks(BASE_DIGITS).map(|chunk| chunk.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))).collect();
        let mut value = Self { negative, limbs, scale: places.len() as i32 };
        value.trim();
        Some(value)
    }

    fn trim(&mut self) {
        while self.limbs.last() == Some(&0) {
            self.limbs.pop();
        }
        if self.limbs.is_empty() {
            self.negative = false;
        }
    }

    pub fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    pub fn sign(&self) -> i32 {
        if self.is_zero() {
            0
        } else if self.negative {
            -1
        } else {
            1
        }
    }

    pub fn multiply_small(&mut self, factor: u32) {
        let mut carry = 0;
        for limb in &mut self.limbs {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            *limb = (product % BASE) as u32;
            carry = product / BASE;
        }
        while carry > 0 {
            self.limbs.push((carry % BASE) as u32);
            carry /= BASE;
        }
    }

    /// Divides the magnitude in place; answers the remainder.
    pub fn divide_small(&mut self, divisor: u32) -> u32 {
        let mut remainder = 0;
        for limb in self.limbs.iter_mut().rev() {
            let current = remainder * BASE + u64::from(*limb);
            *limb = (current / u64::from(divisor)) as u32;
            remainder = current % u64::from(divisor);
        }
        self.trim();
        remainder as u32
    }

    /// The magnitude in words of 64 bits, the least significant first. Models big.Int.Bits.
    pub fn words(&self) -> Vec<u64> {
        let mut rest = self.clone();
        let mut words = Vec::new();
        while !rest.is_zero() {
            words.push((0..4).map(|part| u64::from(rest.divide_small(1 << 16)) << (16 * part)).sum());
        }
        words
    }

    /// Multiplies the magnitude by `10^power`.
    fn shift_up(&mut self, power: u32) {
        if self.is_zero() {
            return;
        }
        self.multiply_small(10_u32.pow(power % BASE_DIGITS as u32));
        let zeros = vec![0; power as usize / BASE_DIGITS];
        self.limbs.splice(0..0, zeros);
    }

    /// Divides the magnitude by `10^power`; true when something was cut off.
    fn shift_down(&mut self, power: u32) -> bool {
        let whole = (power as usize / BASE_DIGITS).min(self.limbs.len());
        let cut = self.limbs.drain(..whole).any(|limb| limb != 0);
        let rest = self.divide_small(10_u32.pow(power % BASE_DIGITS as u32));
        self.trim();
        cut || rest != 0
    }

    /// The same value at `scale` places, rounded away from zero; the flag says whether it is exact.
    pub fn round_up(&self, scale: i32) -> (Self, bool) {
        let mut result = self.clone();
        result.scale = scale;
        if scale >= self.scale {
            result.shift_up(scale.abs_diff(self.scale));
            return (result, true);
        }
        let inexact = result.shift_down(self.scale.abs_diff(scale));
        if inexact {
            result.add_one();
            result.negative = self.negative;
        }
        (result, !inexact)
    }

    fn add_one(&mut self) {
        for limb in &mut self.limbs {
            if u64::from(*limb) + 1 < BASE {
                *limb += 1;
                return;
            }
            *limb = 0;
        }
        self.limbs.push(1);
    }

    fn aligned(&self, other: &Self) -> (Self, Self) {
        let scale = self.scale.max(other.scale);
        (self.round_up(scale).0, other.round_up(scale).0)
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        self.limbs.len().cmp(&other.limbs.len()).then_with(|| self.limbs.iter().rev().cmp(other.limbs.iter().rev()))
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign != Ordering::Equal || self.is_zero() {
            return by_sign;
        }
        let (left, right) = self.aligned(other);
        let by_size = left.compare_magnitude(&right);
        if self.negative { by_size.reverse() } else { by_size }
    }

    pub fn add(&self, other: &Self) -> Self {
        let (mut left, mut right) = self.aligned(other);
        if left.negative == right.negative {
            left.add_magnitude(&right);
            return left;
        }
        if left.compare_magnitude(&right) == Ordering::Less {
            std::mem::swap(&mut left, &mut right);
        }
        left.subtract_magnitude(&right);
        left
    }

    fn add_magnitude(&mut self, other: &Self) {
        let length = self.limbs.len().max(other.limbs.len());
        self.limbs.resize(length, 0);
        let mut carry = 0;
        for (index, limb) in self.limbs.iter_mut().enumerate() {
            let addend = other.limbs.get(index).copied().unwrap_or(0);
            let sum = u64::from(*limb) + u64::from(addend) + carry;
            *limb = (sum % BASE) as u32;
            carry = sum / BASE;
        }
        if carry > 0 {
            self.limbs.push(carry as u32);
        }
    }

    /// `other`'s magnitude is not larger.
    fn subtract_magnitude(&mut self, other: &Self) {
        let mut borrow = 0;
        for (index, limb) in self.limbs.iter_mut().enumerate() {
            let minus = u64::from(other.limbs.get(index).copied().unwrap_or(0)) + borrow;
            let current = u64::from(*limb);
            borrow = u64::from(current < minus);
            *limb = (current + borrow * BASE - minus) as u32;
        }
        self.trim();
    }

    pub fn negated(mut self) -> Self {
        self.negative = !self.negative && !self.is_zero();
        self
    }

    /// Removes every factor of `factor` from the magnitude; answers how many there were.
    pub fn remove_factors(&mut self, factor: u32) -> i32 {
        let mut times = 0;
        while !self.is_zero() {
            if factor == 10 && self.limbs.len() > 1 && self.limbs.first() == Some(&0) {
                self.limbs.remove(0);
                times += BASE_DIGITS as i32;
                continue;
            }
            let mut divided = self.clone();
            if divided.divide_small(factor) != 0 {
                break;
            }
            *self = divided;
            times += 1;
        }
        times
    }

    /// The signed magnitude's digits, the scale left out.
    pub fn digits(&self) -> String {
        let mut text = String::with_capacity(self.limbs.len() * BASE_DIGITS + 1);
        if self.negative {
            text.push('-');
        }
        match self.limbs.last() {
            None => text.push('0'),
            Some(top) => text.push_str(&top.to_string()),
        }
        for limb in self.limbs.iter().rev().skip(1) {
            text.push_str(&format!("{limb:09}"));
        }
        text
    }

    pub fn to_f64(&self) -> f64 {
        self.digits().parse().unwrap_or(0.0)
    }

    /// The low 64 bits of the signed magnitude, as Go's `big.Int.Int64` of an overflowing value.
    fn low_bits(&self) -> i64 {
        let bits = self.limbs.iter().rev().fold(0_u64, |sum, limb| sum.wrapping_mul(BASE).wrapping_add(u64::from(*limb)));
        if self.negative { (bits as i64).wrapping_neg() } else { bits as i64 }
    }

    /// The integer at `10^-places`, rounded as Go does it. Models resource.scaledValue, with its
    /// quirk of rounding negative values towards zero plus one.
    pub fn scaled_value(&self, places: i32) -> i64 {
        let difference = i64::from(self.scale) - i64::from(places);
        if difference <= 0 {
            let mut value = self.low_bits();
            for _ in 0..difference.unsigned_abs().min(64) {
                value = value.wrapping_mul(10);
            }
            return value;
        }
        if difference < 19 && self.compare(&Self::from_i64(i64::MAX, self.scale)) == Ordering::Less {
            // Go looks at the upper bound only: far negative numbers lose their high bits here.
            let (value, divisor) = (self.low_bits(), 10_i64.pow(difference as u32));
            return value / divisor + i64::from(value % divisor != 0);
        }
        let mut quotient = self.clone();
        let inexact = quotient.shift_down(difference.min(i64::from(u32::MAX)) as u32);
        let mut value = quotient.low_bits();
        if inexact {
            // Go divides with a remainder that is never negative (floor).
            if self.negative {
                value = value.wrapping_sub(1);
            }
            value = value.wrapping_add(1);
        }
        value
    }
}
