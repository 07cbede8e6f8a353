//! Resource quantities such as `500m`, `1.5Gi`, `1e3`. Models apimachinery `pkg/api/resource`.
mod decimal;
mod dump;
mod format;
mod parse;

use decimal::Decimal;
use std::cmp::Ordering;
use std::fmt;

/// The error of a text that is not a number with a suffix.
pub const ERROR_FORMAT: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/// The error of a number part that cannot be read.
pub const ERROR_NUMERIC: &str = "unable to parse numeric part of quantity";
/// The error of an unknown suffix.
pub const ERROR_SUFFIX: &str = "unable to parse quantity's suffix";

/// How a quantity was written and is written back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `1k`, `100m`.
    #[default]
    DecimalSI,
    /// `1Ki`.
    BinarySI,
    /// `1e3`.
    DecimalExponent,
}

impl Format {
    /// The name of Go's constant.
    pub fn name(self) -> &'static str {
        match self {
            Self::DecimalSI => "DecimalSI",
            Self::BinarySI => "BinarySI",
            Self::DecimalExponent => "DecimalExponent",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Amount {
    /// `value × 10^scale`.
    Int { value: i64, scale: i32 },
    /// What does not fit there.
    Dec(Box<Decimal>),
}

/// A fixed-point number and the format it is written in. Models resource.Quantity.
#[derive(Clone, Debug)]
pub struct Quantity {
    amount: Amount,
    format: Format,
    /// The text as given when it is already canonical enough for Go to keep it.
    kept: Option<Box<str>>,
}

impl Default for Quantity {
    fn default() -> Self {
        Self::from_int(0, Format::DecimalSI)
    }
}

impl Quantity {
    /// Reads a quantity; the error is Kubernetes' text.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map_err(str::to_string)
    }

    /// Reads the raw JSON token of a quantity field: a string, a number or null.
    pub fn parse_json(token: &str) -> Result<Self, String> {
        if token == "null" {
            // Go's zero value has no format, which is written as an exponent.
            return Ok(Self::from_int(0, Format::DecimalExponent));
        }
        let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(token);
        Self::parse(inner.trim())
    }

    /// A whole number.
    pub fn from_int(value: i64, format: Format) -> Self {
        Self { amount: Amount::Int { value, scale: 0 }, format, kept: None }
    }

    /// Thousandths.
    pub fn from_milli(value: i64, format: Format) -> Self {
        Self { amount: Amount::Int { value, scale: -3 }, format, kept: None }
    }

    /// The format it is written in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether it is nought.
    pub fn is_zero(&self) -> bool {
        self.sign() == 0
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match &self.amount {
            Amount::Int { value, .. } => value.signum() as i32,
            Amount::Dec(decimal) => decimal.sign(),
        }
    }

    fn to_decimal(&self) -> Decimal {
        match &self.amount {
            Amount::Int { value, scale } => Decimal::from_i64(*value, scale.saturating_neg()),
            Amount::Dec(decimal) => (**decimal).clone(),
        }
    }

    /// The value in units, rounded up (`1100m` is 2). Overflows as Go's does.
    pub fn value(&self) -> i64 {
        self.scaled_value(0)
    }

    /// The value in thousandths, rounded up. Overflows as Go's does.
    pub fn milli_value(&self) -> i64 {
        self.scaled_value(-3)
    }

    fn scaled_value(&self, target: i32) -> i64 {
        match &self.amount {
            Amount::Int { value, scale } if *scale < target => divide_rounding_away(*value, target.abs_diff(*scale)).0,
            // Go answers nought when it does not fit.
            Amount::Int { value, scale } => scale_up(*value, scale.abs_diff(target)).unwrap_or(0),
            Amount::Dec(decimal) => decimal.scaled_value(-target),
        }
    }

    /// The exact whole number, where Go has one at hand. Models Quantity.AsInt64.
    pub fn as_int64(&self) -> Option<i64> {
        match self.amount {
            Amount::Int { value, scale } if scale >= 0 => scale_up(value, scale.unsigned_abs()),
            _ => None,
        }
    }

    /// The value as a float. Models Quantity.AsApproximateFloat64.
    pub fn as_approximate_float64(&self) -> f64 {
        let (base, exponent) = match &self.amount {
            Amount::Int { value, scale } => (*value as f64, *scale),
            Amount::Dec(decimal) => (decimal.to_f64(), decimal.scale.saturating_neg()),
        };
        if exponent == 0 {
            return base;
        }
        let factor = format!("1e{exponent}").parse::<f64>().unwrap_or(f64::INFINITY);
        base * factor
    }

    /// The value with nothing finer than a thousandth, rounded away from zero. Models Quantity.RoundUp(Milli).
    pub fn round_up_to_milli(&self) -> Self {
        let amount = match &self.amount {
            Amount::Int { scale, .. } if *scale >= -3 => return self.clone(),
            Amount::Int { value, scale } => Amount::Int { value: divide_rounding_away(*value, (-3_i32).abs_diff(*scale)).0, scale: -3 },
            Amount::Dec(decimal) => Amount::Dec(Box::new(decimal.round_up(3).0)),
        };
        Self { amount, format: self.format, kept: None }
    }

    /// The sum; a zero takes the other's format.
    pub fn add(&self, other: &Self) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        let amount = match (&self.amount, &other.amount) {
            (Amount::Int { value, scale }, Amount::Int { value: plus, scale: places }) => add_ints((*value, *scale), (*plus, *places)),
            _ => None,
        };
        let amount = amount.unwrap_or_else(|| Amount::Dec(Box::new(self.to_decimal().add(&other.to_decimal()))));
        Self { amount, format, kept: None }
    }

    /// The difference; a zero takes the other's format.
    pub fn subtract(&self, other: &Self) -> Self {
        self.add(&other.negated())
    }

    /// The value with the other sign.
    pub fn negated(&self) -> Self {
        let amount = match &self.amount {
            Amount::Int { value, scale } if *value != i64::MIN => Amount::Int { value: -value, scale: *scale },
            _ => Amount::Dec(Box::new(self.to_decimal().negated())),
        };
        Self { amount, format: self.format, kept: None }
    }

    /// Order by value: `1` and `1.0` are equal. Models Quantity.Cmp.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (&self.amount, &other.amount) {
            (Amount::Int { value, scale }, Amount::Int { value: than, scale: places }) if scale == places => value.cmp(than),
            _ => self.compare_apart(other),
        }
    }

    fn compare_apart(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign != Ordering::Equal || self.is_zero() {
            return by_sign;
        }
        // Values whose sizes are far apart are told by it, so that `1e999999999` costs no memory.
        let (left, right) = (self.to_decimal(), other.to_decimal());
        let size = |decimal: &Decimal| decimal.digits().len() as i64 - i64::from(decimal.scale);
        let gap = size(&left) - size(&right);
        if gap.abs() > 2 {
            return if (gap > 0) == (self.sign() > 0) { Ordering::Greater } else { Ordering::Less };
        }
        left.compare(&right)
    }
}

impl fmt::Display for Quantity {
    /// The canonical text, or the text as given where Go keeps it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kept {
            Some(text) => out.write_str(text),
            None => out.write_str(&format::canonical(self)),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

/// `value × 10^power`, if it fits.
fn scale_up(value: i64, power: u32) -> Option<i64> {
    if value == 0 {
        return Some(0);
    }
    10_i64.checked_pow(power).and_then(|factor| value.checked_mul(factor))
}

/// `value ÷ 10^power` rounded away from zero, and whether it is exact. Models negativeScaleInt64.
fn divide_rounding_away(value: i64, power: u32) -> (i64, bool) {
    let Some(divisor) = 10_i64.checked_pow(power) else {
        return (value.signum(), value == 0);
    };
    let exact = value % divisor == 0;
    (value / divisor + if exact { 0 } else { value.signum() }, exact)
}

fn add_ints(left: (i64, i32), right: (i64, i32)) -> Option<Amount> {
    if right.0 == 0 {
        return Some(Amount::Int { value: left.0, scale: left.1 });
    }
    if left.0 == 0 {
        return Some(Amount::Int { value: right.0, scale: right.1 });
    }
    let scale = left.1.min(right.1);
    let value = scale_up(left.0, left.1.abs_diff(scale))?.checked_add(scale_up(right.0, right.1.abs_diff(scale))?)?;
    Some(Amount::Int { value, scale })
}
