//! What is volatile in the output of kubectl and of shells, and what it becomes.
use regex_lite::{Captures, Regex};

/// Nodes of the recorded cluster, and their addresses.
const NODE: &str = r"(node-1|node-2|node-3)(?:$|[^\w.-])";
const NODE_IP: &str = r"\b172\.18\.0\.1[123]\b";

const AGE1: &str = r"(?:\d+y\d+d|\d+y|\d+d\d+h|\d+d|\d+h\d+m|\d+h|\d+m\d+s|\d+m|\d+s)";
const HASH: &str = "[4-9bcdf]{6,10}";
const SUFFIX: &str = "[bcdfghjklmnpqrstvwxz2456789]{5}";

/// One kind of volatile value. regex-lite has no look-around, so a pattern may reach further than what is replaced:
/// if it has groups, the first is replaced; the next search starts behind that.
pub struct Rule {
    pattern: Regex,
    /// Text that stands in every line with such a value; looked for first, because it is quick.
    hint: &'static str,
    /// Of what stands before and in place of the value, whether it counts.
    accept: fn(before: &str, value: &str) -> bool,
    to: &'static str,
}

fn rule(pattern: &str, hint: &'static str, to: &'static str) -> Rule {
    Rule { pattern: regex(pattern), hint, accept: |_, _| true, to }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

impl Rule {
    pub fn apply(&self, line: &str) -> String {
        if !line.contains(self.hint) {
            return line.to_owned();
        }
        substitute(&self.pattern, line, |before, captures| {
            let value = captures.get(1).map_or("", |group| group.as_str());
            (self.accept)(before, value).then(|| self.to.to_owned())
        })
    }
}

/// Replaces the first group of each match by what `make` returns, given the text before it; None leaves it.
pub fn substitute(pattern: &Regex, text: &str, mut make: impl FnMut(&str, &Captures) -> Option<String>) -> String {
    let (mut out, mut copied, mut from) = (String::with_capacity(text.len()), 0, 0);
    while let Some(captures) = pattern.captures_at(text, from) {
        let Some(value) = captures.get(1) else { break };
        match make(&text[..value.start()], &captures) {
            Some(replacement) => {
                out.push_str(&text[copied..value.start()]);
                out.push_str(&replacement);
                copied = value.end();
                from = value.end();
            }
            None => {
                let start = captures.get(0).map_or(value.start(), |whole| whole.start());
                from = start + text[start..].chars().next().map_or(1, char::len_utf8);
            }
        }
        if from > text.len() {
            break;
        }
    }
    out.push_str(&text[copied..]);
    out
}

fn before_is(before: &str, good: fn(char) -> bool) -> bool {
    before.chars().next_back().is_some_and(good)
}

fn is_lower_hex(character: char) -> bool {
    matches!(character, '0'..='9' | 'a'..='f')
}

/// The volatile values of kubectl's output, in the order in which they are replaced.
pub fn kubectl() -> Vec<Rule> {
    let age = format!(r"{AGE1}(?: \(x\d+ over {AGE1}\))?");
    vec![
        rule(r"\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b", "-", "<UID>"),
        rule(r"\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))", ":", "<TIME>"),
        rule(r"\b((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d [+-]\d{4})", ", ", "<TIME>"),
        rule(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}(?: [A-Z]+)?)", ":", "<TIME>"),
        rule("resourceVersion\"?: ?(\"?\\d+\"?)", "resourceVersion", "<RV>"),
        rule(r"\b(?:containerd|docker|cri-o)://([0-9a-f]{64})", "://", "<CID>"),
        rule(r"\bsha256:([0-9a-f]{64})", "sha256:", "<DIGEST>"),
        rule(r"/tmp/(?:LIVE|MERGED)-(\d+)", "/tmp/", "<N>"),
        rule(r"\b(10\.244\.\d+\.\d+)\b", "10.244.", "<PODIP>"),
        Rule {
            accept: |_, address| address != "10.96.0.1" && address != "10.96.0.10",
            ..rule(r"\b(10\.(?:9[6-9]|10\d|11[01])\.\d+\.\d+)\b", "10.", "<SVCIP>")
        },
        rule(r"\b(3[0-2]\d{3})/(?:TCP|UDP|SCTP)", "/", "<NODEPORT>"),
        rule("nodePort\"?: ?(\\d+)", "nodePort", "<NODEPORT>"),
        Rule {
            accept: |before, _| before_is(before, |character| character.is_ascii_lowercase() || character.is_ascii_digit()),
            ..rule(r"(\.[0-9a-f]{14,16})\b", ".", ".<EVENT>")
        },
        Rule {
            accept: |before, _| before.ends_with("in "),
            ..rule(r"(\d+(?:\.\d+)?m?s )\(\d+(?:\.\d+)?m?s including waiting\)", "including waiting", "<DURATION> ")
        },
        rule(r"\((\d+(?:\.\d+)?m?s) including waiting\)", "including waiting", "<DURATION>"),
        rule(r"\b([0-9a-f]{32})\b", "", "<HEX32>"),
        Rule {
            accept: |before, _| !before_is(before, |character| character == ':' || is_lower_hex(character)),
            ..rule(r"([0-9a-f]{64})\b", "", "<HEX64>")
        },
        rule(r"^[IWEF](\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+) \w+\.go:\d+\]", ".go:", "<KLOG>"),
        rule(r"Image size: (\d+) bytes", "Image size:", "<N>"),
        rule(&format!(r"\(({AGE1}) ago\)"), " ago)", "<AGE>"),
        // A whole cell that is an age: two or more spaces, or the end of the line, around it.
        Rule { accept: |before, _| !before.trim_end().is_empty(), ..rule(&format!(r"\s\s+({age})(?:\s\s|\s*$)"), "  ", "<AGE>") },
        // An age that opens a row of `kubectl get events`.
        rule(&format!(r"^({age})\s\s"), "  ", "<AGE>"),
    ]
}

/// The volatile values of a shell's output.
pub fn shell() -> Vec<Rule> {
    let month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
    vec![
        rule(r"^\[\d+\][+-]?\s+(\d+)\b", "[", "PID"),
        rule(&format!(r"\b({month} [ \d]\d (?:\d\d:\d\d| \d{{4}}))"), "", "MMM DD HH:MM"),
        rule(r"^(20\d\d)$", "20", "YYYY"),
        rule(r"(BusyBox v\d\S* \([^)]*\))", "BusyBox", "BusyBox vX.Y.Z (BUILD)"),
    ]
}

/// The patterns whose values are numbered, so that the same value stays the same; and those that tell tables.
pub struct Patterns {
    pub pod: Regex,
    pub hash: Regex,
    pub hash_cell: Regex,
    pub suffix: Regex,
    pub node: Regex,
    pub node_ip: Regex,
    pub header: Regex,
    pub events_header: Regex,
    pub pods_header: Regex,
    pub spaces: Regex,
    pub numbered_suffix: Regex,
    pub numbered_hash: Regex,
    pub random_order: Regex,
}

impl Patterns {
    pub fn new() -> Patterns {
        Patterns {
            pod: regex(&format!(r"-({HASH}-{SUFFIX})(?:$|[^a-z0-9-])")),
            hash: regex(&format!("(?:-|(?:pod-template-hash|controller-revision-hash)(?:=|\"?: ?\"?))({HASH})(?:$|[^a-z0-9-])")),
            hash_cell: regex(&format!(r"  ({HASH})(?:\s\s|\s*$)")),
            suffix: regex(&format!(r"-({SUFFIX})(?:$|[^a-z0-9-])")),
            node: regex(NODE),
            node_ip: regex(&format!("({NODE_IP})")),
            header: regex(r"^[A-Z][A-Z0-9_()/.%-]*(?: +[A-Z][A-Z0-9_()/.%-]*)*\s*$"),
            events_header: regex(r"^\s+Type\s+Reason\s+Age\s+From\s+Message\s*$"),
            pods_header: regex(r"^\s+Namespace\s+Name\s+CPU Requests\s"),
            spaces: regex("(  +)"),
            numbered_suffix: regex(r"<S\d+>"),
            numbered_hash: regex(r"<H\d+>"),
            random_order: regex(r"^(?:kubectl (?:events|drain) |kubectl events$|kubectl (?:label|annotate) .*--list)"),
        }
    }
}
