use std::cmp::Ordering;

/// A number has this many digits at most.
const DIGIT_LIMIT: usize = 5_000;

/// A decimal number: digits, the least first, of which `scale` stand behind the point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    digits: Vec<u8>,
    pub scale: usize,
}

impl Number {
    pub fn from_int(value: i64) -> Number {
        let mut number = Number { negative: value < 0, digits: Vec::new(), scale: 0 };
        let mut rest = value.unsigned_abs();
        while rest > 0 {
            number.digits.push((rest % 10) as u8);
            rest /= 10;
        }
        number
    }

    pub fn bool(flag: bool) -> Number {
        Number::from_int(i64::from(flag))
    }

    /// Digits with a point, in `base`; letters are digits from ten on.
    pub fn parse(text: &str, base: u32) -> Number {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let single = text.len() == 1;
        let digit = |c: char| {
            let value = c.to_digit(36).unwrap_or(0);
            if single { value } else { value.min(base - 1) }
        };
        let radix = Number::from_int(i64::from(base));
        let mut number = Number::default();
        for c in whole.chars() {
            number = number.times(&radix, 0).plus(&Number::from_int(i64::from(digit(c))));
        }
        let (mut part, mut unit) = (Number::default(), Number::from_int(1));
        for c in fraction.chars() {
            part = part.times(&radix, 0).plus(&Number::from_int(i64::from(digit(c))));
            unit = unit.times(&radix, 0);
        }
        if fraction.is_empty() {
            return number;
        }
        number.plus(&part.over(&unit, fraction.len()).unwrap_or_default())
    }

    pub fn is_zero(&self) -> bool {
        self.digits.iter().all(|d| *d == 0)
    }

    /// The digits, leading zeroes apart.
    pub fn length(&self) -> usize {
        let significant = self.digits.iter().rposition(|d| *d != 0).map_or(0, |at| at + 1);
        significant.max(self.scale).max(1)
    }

    pub fn to_int(&self) -> i64 {
        let whole = self.digits.get(self.scale..).unwrap_or_default();
        let value = whole.iter().rev().fold(0_i64, |sum, d| sum.saturating_mul(10).saturating_add(i64::from(*d)));
        if self.negative { -value } else { value }
    }

    pub fn negated(mut self) -> Number {
        self.negative = !self.negative && !self.is_zero();
        self
    }

    pub fn order(&self, other: &Number) -> Ordering {
        let rest = self.minus(other);
        match (rest.is_zero(), rest.negative) {
            (true, _) => Ordering::Equal,
            (_, true) => Ordering::Less,
            _ => Ordering::Greater,
        }
    }

    /// The same number with so many digits behind the point; more are cut off.
    pub fn at_scale(&self, scale: usize) -> Number {
        let mut digits = self.digits.clone();
        if scale >= self.scale {
            digits.splice(0..0, std::iter::repeat_n(0, scale - self.scale));
        } else {
            digits.drain(..(self.scale - scale).min(digits.len()));
        }
        Number { negative: self.negative, digits, scale }.tidy()
    }

    fn tidy(mut self) -> Number {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        self.digits.truncate(DIGIT_LIMIT);
        self.negative = self.negative && !self.digits.is_empty();
        self
    }

    pub fn plus(&self, other: &Number) -> Number {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.at_scale(scale), other.at_scale(scale));
        if a.negative == b.negative {
            return Number { negative: a.negative, digits: add(&a.digits, &b.digits), scale }.tidy();
        }
        let (digits, negative) = match compare(&a.digits, &b.digits) {
            Ordering::Less => (subtract(&b.digits, &a.digits), b.negative),
            _ => (subtract(&a.digits, &b.digits), a.negative),
        };
        Number { negative, digits, scale }.tidy()
    }

    pub fn minus(&self, other: &Number) -> Number {
        self.plus(&other.clone().negated())
    }

    /// The product; bc keeps as many places as its factors have, or `scale` if that is more.
    pub fn times(&self, other: &Number, scale: usize) -> Number {
        let mut digits = vec![0_u32; self.digits.len() + other.digits.len() + 1];
        for (i, a) in self.digits.iter().enumerate() {
            for (j, b) in other.digits.iter().enumerate() {
                if let Some(slot) = digits.get_mut(i + j) {
                    *slot += u32::from(*a) * u32::from(*b);
                }
            }
        }
        let mut carry = 0;
        let digits = digits.into_iter().map(|sum| {
            let sum = sum + carry;
            carry = sum / 10;
            (sum % 10) as u8
        });
        let full = self.scale + other.scale;
        let product = Number { negative: self.negative != other.negative, digits: digits.collect(), scale: full }.tidy();
        product.at_scale(full.min(scale.max(self.scale).max(other.scale)))
    }

    /// The quotient with `scale` places; `None`: by zero.
    pub fn over(&self, other: &Number, scale: usize) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        let dividend = self.at_scale(scale + other.scale);
        let divisor = &other.digits;
        let (mut quotient, mut rest) = (Vec::new(), Vec::new());
        for digit in dividend.digits.iter().rev() {
            rest.insert(0, *digit);
            while rest.last() == Some(&0) {
                rest.pop();
            }
            let mut times = 0;
            while compare(&rest, divisor) != Ordering::Less {
                rest = subtract(&rest, divisor);
                while rest.last() == Some(&0) {
                    rest.pop();
                }
                times += 1;
            }
            quotient.push(times);
        }
        quotient.reverse();
        Some(Number { negative: self.negative != other.negative, digits: quotient, scale }.tidy())
    }

    /// What division leaves over, as bc defines it.
    pub fn modulo(&self, other: &Number, scale: usize) -> Option<Number> {
        let quotient = self.over(other, scale)?;
        let places = self.scale.max(scale + other.scale);
        Some(self.minus(&quotient.times(other, places)).at_scale(places))
    }

    pub fn power(&self, exponent: i64, scale: usize) -> Option<Number> {
        let places = if exponent < 0 { scale } else { (self.scale * exponent.unsigned_abs() as usize).min(scale.max(self.scale)) };
        let mut result = Number::from_int(1);
        for _ in 0..exponent.unsigned_abs().min(DIGIT_LIMIT as u64 * 4) {
            result = result.times(self, usize::MAX / 4);
            if result.digits.len() >= DIGIT_LIMIT {
                break;
            }
        }
        if exponent < 0 { Number::from_int(1).over(&result, places) } else { Some(result.at_scale(places)) }
    }

    /// The square root, by Newton's steps; `None` of what is negative.
    pub fn root(&self, scale: usize) -> Option<Number> {
        if self.negative {
            return None;
        }
        let places = scale.max(self.scale);
        if self.is_zero() {
            return Some(self.at_scale(places));
        }
        let two = Number::from_int(2);
        let mut guess = Number::from_int(self.to_int().max(1));
        for _ in 0..200 {
            let next = guess.plus(&self.over(&guess, places + 2)?).over(&two, places + 2)?;
            let done = next.minus(&guess).at_scale(places + 1).is_zero();
            guess = next;
            if done {
                break;
            }
        }
        Some(guess.at_scale(places))
    }

    pub fn to_f64(&self) -> f64 {
        self.show(10).parse().unwrap_or(0.0)
    }

    /// The text in `base`.
    pub fn show(&self, base: u32) -> String {
        let sign = if self.negative && !self.is_zero() { "-" } else { "" };
        if base == 10 {
            let whole: String = self.digits.get(self.scale..).unwrap_or_default().iter().rev().map(|d| char::from(b'0' + d)).collect();
            let mut fraction: String = self.digits.iter().take(self.scale).rev().map(|d| char::from(b'0' + d)).collect();
            if self.scale > 0 {
                fraction = format!(".{fraction:0>width$}", width = self.scale);
            }
            return if self.is_zero() { "0".into() } else { format!("{sign}{whole}{fraction}") };
        }
        let (mut whole, radix) = (self.at_scale(0), Number::from_int(i64::from(base)));
        whole.negative = false;
        let mut out = Vec::new();
        while !whole.is_zero() && out.len() < DIGIT_LIMIT {
            let rest = whole.modulo(&radix, 0).unwrap_or_default().to_int();
            whole = whole.over(&radix, 0).unwrap_or_default();
            out.push(match base {
                0..=16 => char::from_digit(u32::try_from(rest).unwrap_or(0), 16).unwrap_or('0').to_ascii_uppercase().to_string(),
                _ => format!(" {rest:02}"),
            });
        }
        out.reverse();
        if out.is_empty() { "0".into() } else { format!("{sign}{}", out.concat()) }
    }
}

fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let top = |digits: &[u8]| digits.iter().rposition(|d| *d != 0).map_or(0, |at| at + 1);
    let (m, n) = (top(a), top(b));
    m.cmp(&n).then_with(|| a.iter().take(m).rev().cmp(b.iter().take(n).rev()))
}

fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let at = |digits: &[u8], i: usize| digits.get(i).copied().unwrap_or(0);
    (0..=a.len().max(b.len()))
        .map(|i| {
            let sum = at(a, i) + at(b, i) + carry;
            carry = sum / 10;
            sum % 10
        })
        .collect()
}

/// `a - b`, where `b` is not the larger.
fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    a.iter()
        .enumerate()
        .map(|(i, digit)| {
            let taken = b.get(i).copied().unwrap_or(0) + borrow;
            borrow = u8::from(*digit < taken);
            digit + borrow * 10 - taken
        })
        .collect()
}
