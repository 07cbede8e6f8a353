//! Writing quantities in canonical form. Models Quantity.CanonicalizeBytes.
use super::{Amount, Decimal, Format, Quantity, divide_rounding_away, scale_up};
use std::cmp::Ordering;

pub(super) const DECIMAL_SUFFIXES: &[(&str, i32)] =
    &[("", 0), ("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

pub(super) const BINARY_SUFFIXES: &[(&str, i32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

pub(super) fn canonical(quantity: &Quantity) -> String {
    if quantity.is_zero() {
        return "0".to_string();
    }
    if quantity.format == Format::BinarySI
        && !within_1024(quantity)
        && let Some(text) = binary(quantity)
    {
        return text;
    }
    let (digits, exponent) = decimal_digits(quantity);
    let suffix = match quantity.format {
        Format::DecimalExponent if exponent == 0 => String::new(),
        Format::DecimalExponent => format!("e{exponent}"),
        // A value without such a suffix is written without any, as Go does.
        _ => suffix_of(DECIMAL_SUFFIXES, exponent).to_string(),
    };
    digits + &suffix
}

fn suffix_of(suffixes: &[(&'static str, i32)], exponent: i32) -> &'static str {
    suffixes.iter().find(|(_, power)| *power == exponent).map_or("", |(name, _)| name)
}

fn within_1024(quantity: &Quantity) -> bool {
    let bound = |value| Quantity::from_int(value, Format::BinarySI);
    quantity.compare(&bound(-1024)) == Ordering::Greater && quantity.compare(&bound(1024)) == Ordering::Less
}

/// `None` when the value is not whole.
fn binary(quantity: &Quantity) -> Option<String> {
    let small = match &quantity.amount {
        Amount::Int { value, scale } if *scale < 0 => {
            let (whole, exact) = divide_rounding_away(*value, scale.unsigned_abs());
            if !exact {
                return None;
            }
            Some(whole)
        }
        Amount::Int { value, scale } => scale_up(*value, scale.unsigned_abs()),
        Amount::Dec(_) => None,
    };
    let (digits, exponent) = match small {
        Some(mut value) => {
            let mut exponent = 0;
            while value % 1024 == 0 {
                value /= 1024;
                exponent += 10;
            }
            (value.to_string(), exponent)
        }
        None => {
            let (mut whole, exact) = quantity.to_decimal().round_up(0);
            if !exact {
                return None;
            }
            let exponent = whole.remove_factors(1024) * 10;
            (whole.digits(), exponent)
        }
    };
    Some(digits + suffix_of(BINARY_SUFFIXES, exponent))
}

/// The mantissa and an exponent that is a multiple of three.
fn decimal_digits(quantity: &Quantity) -> (String, i32) {
    if let Amount::Int { value, scale } = quantity.amount {
        let (mut value, mut exponent) = (value, scale);
        while value % 10 == 0 {
            value /= 10;
            exponent = exponent.saturating_add(1);
        }
        let excess = exponent.rem_euclid(3);
        if let Some(value) = scale_up(value, excess.unsigned_abs()) {
            return (value.to_string(), exponent - excess);
        }
    }
    let mut decimal: Decimal = quantity.to_decimal();
    let mut exponent = decimal.scale.saturating_neg();
    exponent = exponent.saturating_add(decimal.remove_factors(10));
    let excess = exponent.rem_euclid(3);
    for _ in 0..excess {
        decimal.multiply_small(10);
    }
    (decimal.digits(), exponent.saturating_sub(excess))
}
