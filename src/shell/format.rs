//! `printf`: one engine for the builtins of the three shells, coreutils and busybox.

/// Whose `printf` it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    Bash,
    Dash,
    Busybox,
    Coreutils,
}

/// What `printf` wrote, and what it complained of.
pub(crate) struct Printed {
    pub output: Vec<u8>,
    /// The sentences after `bash: printf: `.
    pub complaints: Vec<String>,
    /// A directive was none.
    pub invalid: bool,
}

/// The template is used this often at most.
const ROUND_LIMIT: usize = 1_000_000;
/// What one conversion may write; more is memory that a small machine does not have.
const WIDTH_LIMIT_BYTES: usize = 16 << 20;

struct Printer<'a> {
    arguments: &'a [String],
    next: usize,
    flavor: Flavor,
    out: Vec<u8>,
    complaints: Vec<String>,
    is_invalid: bool,
    stop: bool,
}

/// Writes `arguments` by `template`, which is used again while arguments are left.
pub(crate) fn printf(template: &str, arguments: &[String], flavor: Flavor) -> Printed {
    let mut printer = Printer { arguments, next: 0, flavor, out: Vec::new(), complaints: Vec::new(), is_invalid: false, stop: false };
    for _ in 0..ROUND_LIMIT {
        let before = printer.next;
        printer.round(template);
        if printer.stop || printer.next >= arguments.len() || printer.next == before {
            break;
        }
    }
    Printed { output: printer.out, complaints: printer.complaints, invalid: printer.is_invalid }
}

#[derive(Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

impl Printer<'_> {
    fn argument(&mut self) -> Option<&str> {
        let argument = self.arguments.get(self.next).map(String::as_str);
        self.next += 1;
        argument
    }

    fn push(&mut self, text: &str) {
        self.out.extend(text.as_bytes());
    }

    fn round(&mut self, template: &str) {
        let mut chars = template.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let mut text = String::from("\\");
                    while let Some(c) = chars.next() {
                        text.push(c);
                        let more = match text.chars().nth(1) {
                            Some('x') => text.len() < 4 && chars.peek().is_some_and(char::is_ascii_hexdigit),
                            Some('0'..='7') => text.len() < 4 && chars.peek().is_some_and(|c| c.is_digit(8)),
                            Some('u') => text.len() < 6 && chars.peek().is_some_and(char::is_ascii_hexdigit),
                            _ => false,
                        };
                        if !more {
                            break;
                        }
                    }
                    self.escape(&text);
                }
                '%' => {
                    if chars.next_if_eq(&'%').is_some() {
                        self.out.push(b'%');
                    } else if !self.directive(&mut chars) {
                        self.stop = true;
                    }
                }
                c => self.out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            if self.stop {
                return;
            }
        }
    }

    fn escape(&mut self, text: &str) {
        let second = text.chars().nth(1);
        match second {
            Some('"') => self.out.push(b'"'),
            Some('c') => self.stop = true,
            Some('0'..='7') => self.out.push(u32::from_str_radix(text.get(1..).unwrap_or("0"), 8).unwrap_or(0) as u8),
            Some('x') if text.len() > 2 => self.out.push(u32::from_str_radix(text.get(2..).unwrap_or("0"), 16).unwrap_or(0) as u8),
            _ => {
                let (text, stop) = super::interpret_escapes(text);
                self.push(&text);
                self.stop |= stop;
            }
        }
    }

    /// False: the output ends here.
    fn directive(&mut self, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
        let mut spec = Spec::default();
        let mut written = String::from("%");
        while let Some(c) = chars.next_if(|c| "-0+ #".contains(*c)) {
            written.push(c);
            match c {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                ' ' => spec.blank = true,
                _ => spec.alternate = true,
            }
        }
        if chars.next_if_eq(&'*').is_some() {
            let n = self.argument().and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
            spec.left |= n < 0;
            spec.width = n.unsigned_abs().min(100_000) as usize;
        } else {
            spec.width = number(chars, &mut written).unwrap_or(0);
        }
        if chars.next_if_eq(&'.').is_some() {
            written.push('.');
            spec.precision = if chars.next_if_eq(&'*').is_some() {
                self.argument().and_then(|t| t.parse().ok())
            } else {
                Some(number(chars, &mut written).unwrap_or(0))
            };
        }
        while chars.next_if(|c| "hlLqjzt".contains(*c) && (*c != 'q')).is_some_and(|c| {
            written.push(c);
            true
        }) {}
        let wanted = spec.width.max(spec.precision.unwrap_or(0));
        if wanted > WIDTH_LIMIT_BYTES {
            self.complaints.push(format!("xmalloc: cannot allocate {wanted} bytes"));
            return false;
        }
        let rest: String = chars.clone().collect();
        let Some(kind) = chars.next() else {
            if self.flavor == Flavor::Bash {
                self.complaints.push(format!("`{written}': missing format character"));
            } else {
                self.invalid(&written, '\0', &rest);
            }
            return false;
        };
        self.convert(kind, spec, &written, &rest)
    }

    fn invalid(&mut self, written: &str, kind: char, rest: &str) {
        let complaint = match self.flavor {
            Flavor::Bash => format!("`{kind}': invalid format character"),
            Flavor::Dash => format!("{}: invalid directive", format!("{written}{kind}").trim_end_matches('\\')),
            Flavor::Busybox => {
                let shown = rest.strip_prefix(kind).map_or(format!("%{kind}"), |_| format!("%{}", rest.replace('\n', "\\n")));
                format!("{shown}: invalid format")
            }
            Flavor::Coreutils => format!("{written}{kind}: invalid conversion specification"),
        };
        self.complaints.push(complaint);
        self.is_invalid = true;
    }

    fn convert(&mut self, kind: char, spec: Spec, written: &str, rest: &str) -> bool {
        match kind {
            's' => {
                let text = self.argument().unwrap_or("").to_owned();
                self.text(&text, &spec);
            }
            'b' => {
                let (text, stop) = super::interpret_escapes(&with_zeros(self.argument().unwrap_or("")));
                self.text(&text, &spec);
                self.stop |= stop;
            }
            'q' if matches!(self.flavor, Flavor::Bash | Flavor::Coreutils) => {
                let text = super::quote::backslashed(self.argument().unwrap_or(""));
                self.text(&text, &spec);
            }
            'c' => {
                let text: String = self.argument().unwrap_or("").chars().take(1).collect();
                self.text(&text, &spec);
            }
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                let value = self.integer();
                self.whole(value, kind, &spec);
            }
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'a' | 'A' => {
                let value = self.real();
                let body = real_text(value.abs(), kind, &spec);
                self.signed(value.is_sign_negative() && !value.is_nan(), &body, &spec, true);
            }
            kind => {
                self.invalid(written, kind, rest);
                return false;
            }
        }
        true
    }

    fn text(&mut self, text: &str, spec: &Spec) {
        let text: String = match spec.precision {
            Some(n) => text.chars().take(n).collect(),
            None => text.to_owned(),
        };
        let pad = " ".repeat(spec.width.saturating_sub(text.chars().count()));
        if spec.left {
            self.push(&text);
            self.push(&pad);
        } else {
            self.push(&pad);
            self.push(&text);
        }
    }

    fn bad_number(&mut self, text: &str, partly: bool) {
        self.complaints.push(match self.flavor {
            Flavor::Bash if text.trim_start_matches(['-', '+']).starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{text}: invalid octal number")
            }
            Flavor::Bash => format!("{text}: invalid number"),
            Flavor::Dash if partly => format!("{text}: not completely converted"),
            Flavor::Dash => format!("{text}: expected numeric value"),
            Flavor::Busybox => format!("invalid number '{text}'"),
            Flavor::Coreutils if partly => format!("‘{text}’: value not completely converted"),
            Flavor::Coreutils => format!("‘{text}’: expected a numeric value"),
        });
    }

    fn integer(&mut self) -> i64 {
        let Some(text) = self.argument().map(str::to_owned) else { return 0 };
        if let Some(c) = text.strip_prefix(['\'', '"']) {
            return c.chars().next().map_or(0, |c| i64::from(c as u32));
        }
        let trimmed = text.trim_start();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (radix, digits) = if let Some(hex) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
            (16, hex)
        } else if digits.len() > 1 && digits.starts_with('0') {
            (8, digits)
        } else {
            (10, digits)
        };
        let len = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let good = digits.get(..len).unwrap_or("");
        if len < digits.len() || (good.is_empty() && !text.is_empty()) || (text.is_empty() && self.flavor == Flavor::Busybox) {
            self.bad_number(&text, len > 0);
            if self.flavor == Flavor::Busybox {
                return 0;
            }
        }
        let value = i128::from_str_radix(if good.is_empty() { "0" } else { good }, radix).unwrap_or(i128::MAX);
        let value = if negative { -value } else { value };
        if value > i128::from(u64::MAX) || value < i128::from(i64::MIN) {
            return if negative { i64::MIN } else { i64::MAX };
        }
        value as i64
    }

    fn real(&mut self) -> f64 {
        let Some(text) = self.argument().map(str::to_owned) else { return 0.0 };
        if let Some(c) = text.strip_prefix(['\'', '"']) {
            return c.chars().next().map_or(0.0, |c| f64::from(c as u32));
        }
        let trimmed = text.trim();
        (1..=trimmed.len())
            .rev()
            .find_map(|n| Some((n, trimmed.get(..n)?.parse::<f64>().ok()?)))
            .map(|(n, value)| {
                if n < trimmed.len() {
                    self.bad_number(&text, true);
                }
                value
            })
            .unwrap_or_else(|| {
                if !text.is_empty() {
                    self.bad_number(&text, false);
                }
                0.0
            })
    }

    fn whole(&mut self, value: i64, kind: char, spec: &Spec) {
        let signed = matches!(kind, 'd' | 'i');
        let mut digits = match kind {
            'd' | 'i' => value.unsigned_abs().to_string(),
            'u' => (value as u64).to_string(),
            'o' => format!("{:o}", value as u64),
            'x' => format!("{:x}", value as u64),
            _ => format!("{:X}", value as u64),
        };
        if let Some(precision) = spec.precision {
            digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
        }
        if spec.alternate && value != 0 {
            match kind {
                'o' => digits.insert(0, '0'),
                'x' => digits.insert_str(0, "0x"),
                'X' => digits.insert_str(0, "0X"),
                _ => {}
            }
        }
        self.signed(signed && value < 0, &digits, spec, signed && spec.precision.is_none() || !signed && spec.precision.is_none());
    }

    /// A number with its sign, padded with blanks or zeros.
    fn signed(&mut self, negative: bool, body: &str, spec: &Spec, zeros: bool) {
        let sign = match (negative, spec.plus, spec.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        };
        let pad = spec.width.saturating_sub(sign.len() + body.chars().count());
        let text = if spec.left {
            format!("{sign}{body}{}", " ".repeat(pad))
        } else if spec.zero && zeros && body.chars().next().is_some_and(|c| c.is_ascii_digit()) {
            format!("{sign}{}{body}", "0".repeat(pad))
        } else {
            format!("{}{sign}{body}", " ".repeat(pad))
        };
        self.push(&text);
    }
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, written: &mut String) -> Option<usize> {
    let mut digits = String::new();
    while let Some(c) = chars.next_if(char::is_ascii_digit) {
        digits.push(c);
        written.push(c);
    }
    digits.parse::<usize>().ok().map(|n| n.min(100_000))
}

/// A float by C's rules for `%f`, `%e`, `%g`.
fn real_text(value: f64, kind: char, spec: &Spec) -> String {
    if !value.is_finite() {
        let text = if value.is_nan() { "nan" } else { "inf" };
        return if kind.is_uppercase() { text.to_uppercase() } else { text.into() };
    }
    let precision = spec.precision.unwrap_or(6).min(1000);
    let text = match kind.to_ascii_lowercase() {
        'f' => format!("{value:.precision$}"),
        'e' => exponent(value, precision),
        _ => general(value, precision.max(1), spec.alternate),
    };
    if kind.is_uppercase() { text.to_uppercase() } else { text }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

/// `%g`: the shorter of the two, without zeros at the end.
pub(crate) fn general(value: f64, precision: usize, keep: bool) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let scientific = exponent(value, precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, p)| p.parse().ok()).unwrap_or(0);
    let trim = |text: &str| {
        if keep || !text.contains('.') { text.to_owned() } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
    };
    if power < -4 || power >= precision as i32 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{power}", trim(mantissa));
    }
    let digits = (precision as i32 - 1 - power).max(0) as usize;
    trim(&format!("{value:.digits$}"))
}

/// `%b` takes `\101` as `\0101`.
fn with_zeros(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        match chars.peek() {
            Some('1'..='7') if c == '\\' => out.push('0'),
            Some('\\') if c == '\\' => out.extend(chars.next()),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let print = |template: &str, arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
            String::from_utf8(printf(template, &arguments, Flavor::Bash).output).unwrap()
        };
        assert_eq!(print("%5d|%-5d|%05d", &["42", "42", "42"]), "   42|42   |00042");
        assert_eq!(print("%.2f", &["3.14159"]), "3.14");
        assert_eq!(print("%x %X %o %#x", &["255", "255", "8", "255"]), "ff FF 10 0xff");
        assert_eq!(print("%s-%s\\n", &["a", "b", "c"]), "a-b\nc-\n");
        assert_eq!(general(0.1 + 0.2, 6, false), "0.3");
        assert_eq!(general(1e10, 6, false), "1e+10");
    }
}
