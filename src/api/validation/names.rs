//! What names, keys and values may look like, and the sentences that say so.
//! Models apimachinery `pkg/util/validation` and `pkg/api/validate/content`.

const DNS1123_LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const DNS1123_SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const DNS1123_UNDERSCORE: &str = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const LABEL_KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const LABEL_KEY_RULE: &str =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/// The longest DNS subdomain, in bytes.
pub const SUBDOMAIN_MAX: usize = 253;
/// The longest DNS label, in bytes.
pub const LABEL_MAX: usize = 63;

/// `must be no more than N characters`
pub fn max_len_error(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

fn max_bytes_error(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

/// `must be between LOW and HIGH, inclusive`
pub fn range_error(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

/// A rule, examples of it, and its regular expression. Models validation.RegexError.
pub fn regex_error(rule: &str, regex: &str, examples: &[&str]) -> String {
    if examples.is_empty() {
        return format!("{rule} (regex used for validation is '{regex}')");
    }
    let mut text = format!("{rule} (e.g. ");
    for (position, example) in examples.iter().enumerate() {
        if position > 0 {
            text.push_str(" or ");
        }
        text.push_str(&format!("'{example}', "));
    }
    text + &format!("regex used for validation is '{regex}')")
}

/// Whether `text` starts and ends with `edge` characters and has only `inner` ones between.
fn is_framed(text: &str, edge: fn(u8) -> bool, inner: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    edge(first) && edge(last) && bytes.iter().all(|&b| inner(b))
}

fn is_lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn is_lower_dash(b: u8) -> bool {
    is_lower(b) || b == b'-'
}

fn is_alnum(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn is_name_byte(b: u8) -> bool {
    is_alnum(b) || matches!(b, b'-' | b'_' | b'.')
}

fn matches_label(value: &str) -> bool {
    is_framed(value, is_lower, is_lower_dash)
}

fn matches_subdomain(value: &str) -> bool {
    value.split('.').all(matches_label)
}

/// What keeps `value` from being an RFC 1123 label.
pub fn dns1123_label(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > LABEL_MAX {
        errors.push(max_len_error(LABEL_MAX));
    }
    if !matches_label(value) {
        if matches_subdomain(value) {
            errors.push("must not contain dots".to_owned());
        } else {
            let rule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
            errors.push(regex_error(rule, DNS1123_LABEL, &["my-name", "123-abc"]));
        }
    }
    errors
}

fn subdomain_with(value: &str, length_error: fn(usize) -> String) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > SUBDOMAIN_MAX {
        errors.push(length_error(SUBDOMAIN_MAX));
    }
    if !matches_subdomain(value) {
        let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        errors.push(regex_error(rule, DNS1123_SUBDOMAIN, &["example.com"]));
    }
    errors
}

/// What keeps `value` from being an RFC 1123 subdomain.
pub fn dns1123_subdomain(value: &str) -> Vec<String> {
    subdomain_with(value, max_len_error)
}

/// The same where underscores are let in, as in DNS search paths.
pub fn dns1123_subdomain_with_underscore(value: &str) -> Vec<String> {
    let label = |part: &str| {
        let part = part.strip_prefix('_').unwrap_or(part);
        is_framed(part, is_lower, |b| is_lower_dash(b) || b == b'_')
    };
    let mut errors = Vec::new();
    if value.len() > SUBDOMAIN_MAX {
        errors.push(max_len_error(SUBDOMAIN_MAX));
    }
    if !value.split('.').all(label) {
        let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
        errors.push(regex_error(rule, DNS1123_UNDERSCORE, &["example.com"]));
    }
    errors
}

/// How the names of a kind are checked; `true` where only the start of the name is known.
pub type NameRule = fn(&str, bool) -> Vec<String>;

/// A name that ends in `-` because more will follow is checked as if it ended well. Models maskTrailingDash.
fn mask_trailing_dash(name: &str) -> String {
    if name.len() < 2 || !name.ends_with('-') {
        return name.to_owned();
    }
    let mut characters = name.chars();
    characters.next_back();
    characters.next_back();
    format!("{}a", characters.as_str())
}

/// Most kinds' names. Models NameIsDNSSubdomain.
pub fn name_is_subdomain(name: &str, prefix: bool) -> Vec<String> {
    if prefix { dns1123_subdomain(&mask_trailing_dash(name)) } else { dns1123_subdomain(name) }
}

/// A ReplicationController's name, whose length is told in bytes. Models validate.LongName.
pub fn long_name(name: &str, _prefix: bool) -> Vec<String> {
    subdomain_with(name, max_bytes_error)
}

/// The names of namespaces and services. Models NameIsDNSLabel.
pub fn name_is_label(name: &str, prefix: bool) -> Vec<String> {
    if prefix { dns1123_label(&mask_trailing_dash(name)) } else { dns1123_label(name) }
}

/// What keeps `value` from being a label key. Models content.IsLabelKey (IsQualifiedName).
pub fn qualified_name(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let parts: Vec<&str> = value.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                errors.push("prefix part must be non-empty".to_owned());
            } else {
                errors.extend(subdomain_with(prefix, max_bytes_error).into_iter().map(|e| format!("prefix part {e}")));
            }
            *name
        }
        _ => {
            let rule = regex_error(LABEL_KEY_RULE, LABEL_KEY, &["MyName", "my.name", "123-abc"]);
            return vec![format!("a valid label key {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")];
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_MAX {
        errors.push(format!("name part {}", max_bytes_error(LABEL_MAX)));
    }
    if !is_framed(name, is_alnum, is_name_byte) {
        errors.push(format!("name part {}", regex_error(LABEL_KEY_RULE, LABEL_KEY, &["MyName", "my.name", "123-abc"])));
    }
    errors
}

/// What keeps `value` from being a label's value.
pub fn label_value(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > LABEL_MAX {
        errors.push(max_bytes_error(LABEL_MAX));
    }
    if !value.is_empty() && !is_framed(value, is_alnum, is_name_byte) {
        let rule = format!("a valid label must be an empty string or {}", LABEL_KEY_RULE.trim_start_matches("must "));
        errors.push(regex_error(&rule, LABEL_VALUE, &["MyValue", "my_value", "12345"]));
    }
    errors
}

/// What keeps `port` from being a port number.
pub fn port_number(port: i64) -> Vec<String> {
    if (1..=65535).contains(&port) { Vec::new() } else { vec![range_error(1, 65535)] }
}

/// What keeps `name` from being a port's name. Models IsValidPortName.
pub fn port_name(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > 15 {
        errors.push(max_len_error(15));
    }
    if name.is_empty() || !name.bytes().all(is_lower_dash) {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !name.bytes().any(|b| b.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        errors.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        errors.push("must not begin or end with a hyphen".to_owned());
    }
    errors
}

/// What keeps `name` from being a part of a URL's path. Models ValidatePathSegmentName.
pub fn path_segment(name: &str, prefix: bool) -> Vec<String> {
    if !prefix && (name == "." || name == "..") {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"].into_iter().filter(|part| name.contains(part)).map(|part| format!("may not contain '{part}'")).collect()
}

/// What keeps `id` from being a user's or group's number.
pub fn user_id(id: i64) -> Vec<String> {
    let limit = i64::from(i32::MAX);
    if (0..=limit).contains(&id) { Vec::new() } else { vec![range_error(0, limit)] }
}

/// What keeps `value` from being a percentage.
pub fn percent(value: &str) -> Vec<String> {
    let digits = value.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    let rule = "a valid percent string must be a numeric string followed by an ending '%'";
    vec![regex_error(rule, "[0-9]+%", &["1%", "93%"])]
}

/// What keeps `name` from being an HTTP header's name.
pub fn http_header_name(name: &str) -> Vec<String> {
    if !name.is_empty() && name.bytes().all(|b| is_alnum(b) || b == b'-') {
        return Vec::new();
    }
    let rule = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![regex_error(rule, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// What keeps `name` from being an environment variable's name. Models IsRelaxedEnvVarName.
pub fn env_var_name(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.is_empty() {
        errors.push("environment variable name must be non-empty".to_owned());
    }
    if name.chars().any(|c| !(' '..='~').contains(&c) || c == '=') {
        errors.push("a valid environment variable name must consist only of printable ASCII characters other than '='".to_owned());
    }
    errors
}

/// What keeps `key` from being a key of a ConfigMap or Secret.
pub fn config_map_key(key: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if key.len() > SUBDOMAIN_MAX {
        errors.push(max_len_error(SUBDOMAIN_MAX));
    }
    if key.is_empty() || !key.bytes().all(is_name_byte) {
        let rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        errors.push(regex_error(rule, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    match key {
        "." => errors.push("must not be '.'".to_owned()),
        ".." => errors.push("must not be '..'".to_owned()),
        _ if key.starts_with("..") => errors.push("must not start with '..'".to_owned()),
        _ => {}
    }
    errors
}

/// What keeps `value` from being a decimal integer in canonical form.
pub fn decimal_integer(value: &str) -> Vec<String> {
    if value.is_empty() {
        return vec!["must be non-empty".to_owned()];
    }
    let digits = value.strip_prefix('-').unwrap_or(value);
    let canonical = value == "0" || (!digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    if canonical { Vec::new() } else { vec!["must be a valid decimal integer in canonical form".to_owned()] }
}

/// Whether `name` is a sysctl's name. Models IsValidSysctlName.
pub fn is_sysctl_name(name: &str) -> bool {
    let segment = |part: &str| is_framed(part, is_lower, |b| is_lower_dash(b) || b == b'_');
    name.len() <= SUBDOMAIN_MAX && name.split(['.', '/']).all(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_key_may_have_one_prefix() {
        assert!(qualified_name("app.kubernetes.io/name").is_empty());
        assert_eq!(qualified_name("/a"), ["prefix part must be non-empty"]);
        assert_eq!(qualified_name("a/").len(), 2);
        assert!(qualified_name("a/b/c")[0].starts_with("a valid label key must consist"));
    }

    #[test]
    fn a_generated_name_may_end_in_a_dash() {
        assert!(name_is_subdomain("web-", true).is_empty());
        assert_eq!(name_is_subdomain("web-", false).len(), 1);
        assert_eq!(name_is_subdomain("-", true).len(), 1);
    }

    #[test]
    fn dots_have_a_sentence_of_their_own_in_labels() {
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
        assert_eq!(label_value("-a").len(), 1);
    }
}
