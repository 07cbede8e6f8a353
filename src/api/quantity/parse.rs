//! Reading quantities. Models resource.ParseQuantity.
use super::{Amount, Decimal, ERROR_FORMAT, ERROR_NUMERIC, ERROR_SUFFIX, Format, Quantity, format};
use std::cmp::Ordering;

/// Nano: the smallest exponent a quantity keeps.
const NANO: i32 = -9;
/// Digits that surely fit an int64.
const MAX_INT64_DIGITS: i32 = 18;
/// Digits above which a slow-path number is refused rather than expanded: Go would eat the
/// machine's memory on `1000000000000000000000e999999999`.
const MAX_EXPANDED_DIGITS: i64 = 10_000;
/// Bytes above which a text is no quantity that anybody means; Go would compute with it for seconds.
const MAX_TEXT_BYTES: usize = 10_000;

/// The pieces of a quantity's text.
struct Parts<'a> {
    positive: bool,
    /// Sign, digits and places.
    value: &'a str,
    whole: &'a str,
    places: &'a str,
    suffix: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, &'static str> {
    let bytes = text.as_bytes();
    let end = bytes.len();
    let at = |index: usize| bytes.get(index).copied();
    let run = |mut index: usize, accept: fn(u8) -> bool| {
        while at(index).is_some_and(accept) {
            index += 1;
        }
        index
    };
    let piece = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    let positive = at(0) != Some(b'-');
    let signed = usize::from(matches!(at(0), Some(b'-' | b'+')));
    let start = run(signed, |byte| byte == b'0');
    if start >= end {
        return Ok(Parts { positive, value: "0", whole: "0", places: "", suffix: "" });
    }
    let mut position = run(start, |byte| byte.is_ascii_digit());
    let mut whole = piece(start, position);
    if position >= end {
        return Ok(Parts { positive, value: text, whole, places: "", suffix: "" });
    }
    if whole.is_empty() {
        whole = "0";
    }
    let mut places = "";
    if at(position) == Some(b'.') {
        let first = position + 1;
        position = run(first, |byte| byte.is_ascii_digit());
        places = piece(first, position);
    }
    let value = piece(0, position);
    let mut last = run(position, |byte| b"eEinumkKMGTP".contains(&byte));
    if matches!(at(last), Some(b'-' | b'+')) {
        last += 1;
    }
    last = run(last, |byte| byte.is_ascii_digit());
    if last < end {
        return Err(ERROR_FORMAT);
    }
    Ok(Parts { positive, value, whole, places, suffix: piece(position, end) })
}

/// base, exponent, format
fn interpret(suffix: &str) -> Option<(u32, i32, Format)> {
    if let Some((_, exponent)) = format::DECIMAL_SUFFIXES.iter().find(|(name, _)| *name == suffix) {
        return Some((10, *exponent, Format::DecimalSI));
    }
    if let Some((_, exponent)) = format::BINARY_SUFFIXES.iter().find(|(name, _)| *name == suffix) {
        return Some((2, *exponent, Format::BinarySI));
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let exponent: i64 = digits.parse().ok()?;
    // Go cuts the exponent to 32 bits.
    Some((10, exponent as i32, Format::DecimalExponent))
}

pub(super) fn parse(text: &str) -> Result<Quantity, &'static str> {
    if text.is_empty() {
        return Err(ERROR_FORMAT);
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(ERROR_NUMERIC);
    }
    if text == "0" {
        return Ok(Quantity { kept: Some("0".into()), ..Quantity::default() });
    }
    let parts = split(text)?;
    let (base, exponent, format) = interpret(parts.suffix).ok_or(ERROR_SUFFIX)?;
    match fast(text, &parts, exponent, format)? {
        Some(quantity) => Ok(quantity),
        None => slow(&parts, base, exponent, format),
    }
}

/// Numbers that fit an int64.
fn fast(text: &str, parts: &Parts<'_>, exponent: i32, format: Format) -> Result<Option<Quantity>, &'static str> {
    let length = (parts.whole.len() + parts.places.len()) as i64;
    let binary = format == Format::BinarySI;
    let (mut scale, precision, mantissa) = if !binary {
        (exponent, i64::from(MAX_INT64_DIGITS) - length, 1)
    } else if parts.places.is_empty() {
        let room = 15 - parts.whole.len() as i64 - i64::from(exponent * 3 / 10) - 1;
        (0, room, 1_i64 << exponent)
    } else {
        (0, -1, 1)
    };
    if precision < 0 {
        return Ok(None);
    }
    scale = scale.wrapping_sub(parts.places.len() as i32);
    if scale < NANO {
        return Ok(None);
    }
    let shifted = format!("{}{}", parts.whole, parts.places);
    let value: i64 = shifted.parse().map_err(|_| ERROR_NUMERIC)?;
    let Some(product) = value.checked_mul(mantissa) else {
        return Ok(None);
    };
    let keep = if binary {
        exponent % 10 == 0 && value & 7 != 0
    } else {
        scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0')
    };
    let value = if parts.positive { product } else { -product };
    let kept = keep.then(|| text.into());
    Ok(Some(Quantity { amount: Amount::Int { value, scale }, format, kept }))
}

/// All other numbers: rounded up to nano, capped at int64 for binary suffixes.
fn slow(parts: &Parts<'_>, base: u32, exponent: i32, mut format: Format) -> Result<Quantity, &'static str> {
    let mut amount = Decimal::parse(parts.value).ok_or(ERROR_NUMERIC)?;
    if base == 10 {
        amount.scale = amount.scale.checked_sub(exponent).ok_or(ERROR_NUMERIC)?;
    } else {
        for _ in 0..exponent / 10 {
            amount.multiply_small(1024);
        }
    }
    let negative = amount.negative;
    amount.negative = false;
    if !amount.is_zero() {
        if -i64::from(amount.scale) > MAX_EXPANDED_DIGITS {
            return Err(ERROR_NUMERIC);
        }
        amount = amount.round_up(-NANO).0;
    }
    if format == Format::BinarySI {
        let largest = Decimal::from_i64(i64::MAX, 0);
        if amount.compare(&largest) == Ordering::Greater {
            amount = largest;
        }
        if amount.compare(&Decimal::from_i64(1, 0)) == Ordering::Less && !amount.is_zero() {
            format = Format::DecimalSI;
        }
    }
    amount.negative = negative && !amount.is_zero();
    Ok(Quantity { amount: Amount::Dec(Box::new(amount)), format, kept: None })
}
