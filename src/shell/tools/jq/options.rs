use super::super::tool::Tool;
use super::inputs::Manner;
use super::json::{self, Style};
use super::value::Value;

/// What the command line asks for.
#[derive(Default)]
pub(super) struct Options {
    pub program: Option<String>,
    pub files: Vec<String>,
    pub manner: Manner,
    pub null: bool,
    pub style: Style,
    pub raw: bool,
    pub join: bool,
    pub ascii_separator: bool,
    pub zero: bool,
    pub exit_status: bool,
    pub named: Vec<(String, Value)>,
    pub positional: Vec<Value>,
}

const SEE_HELP: &str =
    "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n";

pub(super) const HELP: &str = "jq - commandline JSON processor [version 1.6]

Usage:\tjq [options] <jq filter> [file...]
\tjq [options] --args <jq filter> [strings...]
\tjq [options] --jsonargs <jq filter> [JSON_TEXTS...]

jq is a tool for processing JSON inputs, applying the given filter to
its JSON text inputs and producing the filter's results as JSON on
standard output.

The simplest filter is ., which copies jq's input to its output
unmodified (except for formatting, but note that IEEE754 is used
for number representation internally, with all that that implies).

For more advanced filters see the jq(1) manpage (\"man jq\")
and/or https://stedolan.github.io/jq

Example:

\t$ echo '{\"foo\": 0}' | jq .
\t{
\t\t\"foo\": 0
\t}

Some of the options include:
  -c               compact instead of pretty-printed output;
  -n               use `null` as the single input value;
  -e               set the exit status code based on the output;
  -s               read (slurp) all inputs into an array; apply filter to it;
  -r               output raw strings, not JSON texts;
  -R               read raw strings, not JSON texts;
  -C               colorize JSON;
  -M               monochrome (don't colorize JSON);
  -S               sort keys of objects on output;
  --tab            use tabs for indentation;
  --arg a v        set variable $a to value <v>;
  --argjson a v    set variable $a to JSON value <v>;
  --slurpfile a f  set variable $a to an array of JSON texts read from <f>;
  --rawfile a f    set variable $a to a string consisting of the contents of <f>;
  --args           remaining arguments are string arguments, not files;
  --jsonargs       remaining arguments are JSON arguments, not files;
  --               terminates argument processing;

Named arguments are also available as $ARGS.named[], while
positional arguments are available as $ARGS.positional[].

See the manpage for more options.
";

/// Where words that are no options go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Files,
    Texts,
    Json,
}

async fn misuse(t: &Tool, message: &str) -> i32 {
    t.ctx.eprint(&format!("jq: {message}\n{SEE_HELP}")).await;
    2
}

/// Reads the command line. `Err` is the exit status.
pub(super) async fn read(t: &Tool) -> Result<Options, i32> {
    let mut o = Options { style: Style { indent: Some(2), ..Style::default() }, ..Options::default() };
    let (mut rest, mut literal, mut from_file) = (Rest::Files, false, false);
    let mut words = t.args.iter().skip(1).cloned();
    while let Some(word) = words.next() {
        // Models main.c's isoptions: `-1` and `-(.n)` are filters.
        if literal || !word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic())) {
            take_word(t, &mut o, word, rest).await?;
            continue;
        }
        let Some(long) = word.strip_prefix("--") else {
            for letter in word.chars().skip(1) {
                if letter == 'f' {
                    from_file = true;
                } else if letter == 'L' {
                    words.next();
                } else if !flag(&mut o, letter) {
                    if matches!(letter, 'h' | 'V') {
                        t.ctx.print(if letter == 'h' { HELP } else { "jq-1.6\n" }).await;
                        return Err(0);
                    }
                    return Err(misuse(t, &format!("Unknown option {word}")).await);
                }
            }
            continue;
        };
        let letter = LONG.iter().find(|(name, _)| *name == long).map(|(_, letter)| *letter);
        match (long, letter) {
            ("", _) => literal = true,
            (_, Some(letter)) => {
                flag(&mut o, letter);
            }
            ("from-file", _) => from_file = true,
            ("help", _) | ("version", _) => {
                t.ctx.print(if long == "help" { HELP } else { "jq-1.6\n" }).await;
                return Err(0);
            }
            ("args", _) => rest = Rest::Texts,
            ("jsonargs", _) => rest = Rest::Json,
            ("tab", _) => o.style.tab = true,
            ("seq", _) => o.ascii_separator = true,
            ("stream", _) => o.manner.stream = true,
            ("raw-output0", _) => (o.raw, o.zero) = (true, true),
            ("unbuffered" | "debug-dump-disasm" | "debug-trace", _) => {}
            ("indent", _) => indent(t, &mut o, words.next()).await?,
            ("arg" | "argjson" | "slurpfile" | "rawfile", _) => {
                let (name, value) = (words.next(), words.next());
                named(t, &mut o, long, name.zip(value)).await?;
            }
            _ => return Err(misuse(t, &format!("Unknown option {word}")).await),
        }
    }
    if from_file {
        program_from_file(t, &mut o).await?;
    }
    Ok(o)
}

/// Long names of options that are one letter.
const LONG: &[(&str, char)] = &[
    ("slurp", 's'),
    ("raw-output", 'r'),
    ("compact-output", 'c'),
    ("color-output", 'C'),
    ("monochrome-output", 'M'),
    ("ascii-output", 'a'),
    ("sort-keys", 'S'),
    ("raw-input", 'R'),
    ("null-input", 'n'),
    ("join-output", 'j'),
    ("exit-status", 'e'),
];

fn flag(o: &mut Options, letter: char) -> bool {
    match letter {
        's' => o.manner.slurp = true,
        'R' => o.manner.raw = true,
        'n' => o.null = true,
        'r' => o.raw = true,
        'c' => (o.style.indent, o.style.tab) = (None, false),
        'C' => o.style.color = true,
        'M' => o.style.color = false,
        'a' => o.style.ascii = true,
        'S' => o.style.sort = true,
        'j' => (o.raw, o.join) = (true, true),
        'e' => o.exit_status = true,
        _ => return false,
    }
    true
}

async fn take_word(t: &Tool, o: &mut Options, word: String, rest: Rest) -> Result<(), i32> {
    match rest {
        _ if o.program.is_none() => o.program = Some(word),
        Rest::Files => o.files.push(word),
        Rest::Texts => o.positional.push(Value::text(word)),
        Rest::Json => match json::parse(&word) {
            Ok(value) => o.positional.push(value),
            Err(_) => return Err(misuse(t, "invalid JSON text passed to --jsonargs").await),
        },
    }
    Ok(())
}

async fn indent(t: &Tool, o: &mut Options, width: Option<String>) -> Result<(), i32> {
    let Some(width) = width else { return Err(misuse(t, "--indent takes one parameter").await) };
    match width.parse::<i32>().unwrap_or(0) {
        -1 => o.style.tab = true,
        0 => o.style.indent = None,
        width @ 1..=7 => o.style.indent = usize::try_from(width).ok(),
        _ => return Err(misuse(t, "--indent takes a number between -1 and 7").await),
    }
    Ok(())
}

async fn named(t: &Tool, o: &mut Options, option: &str, given: Option<(String, String)>) -> Result<(), i32> {
    let Some((name, value)) = given else {
        let example = match option {
            "arg" => "varname value",
            "argjson" => "varname text",
            _ => "varname filename",
        };
        return Err(misuse(t, &format!("--{option} takes two parameters (e.g. --{option} {example})")).await);
    };
    let value = match option {
        "arg" => Value::text(value),
        "argjson" => match json::parse(&value) {
            Ok(value) => value,
            Err(_) => return Err(misuse(t, "invalid JSON text passed to --argjson").await),
        },
        _ => from_file(t, option, &name, &value).await?,
    };
    if !o.named.iter().any(|(known, _)| *known == name) {
        o.named.push((name, value));
    }
    Ok(())
}

async fn from_file(t: &Tool, option: &str, name: &str, file: &str) -> Result<Value, i32> {
    let bad = async |why: String| {
        let text = if option == "rawfile" { format!("jq: {why}\n") } else { format!("jq: Bad JSON in --{option} {name} {file}: {why}\n") };
        t.ctx.eprint(&text).await;
        2
    };
    let bytes = match t.read(file).await {
        Ok(bytes) => bytes,
        Err(errno) => return Err(bad(format!("Could not open {file}: {errno}")).await),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if option == "rawfile" {
        return Ok(Value::text(text));
    }
    let mut reader = json::Reader::new(&text, 0, true);
    let mut values = Vec::new();
    while let Some(value) = reader.next() {
        match value {
            Ok(value) => values.push(value),
            Err(fault) => return Err(bad(fault).await),
        }
    }
    Ok(Value::array(values))
}

/// `-f`: the first word is the file of the filter.
async fn program_from_file(t: &Tool, o: &mut Options) -> Result<(), i32> {
    let Some(file) = o.program.take() else { return Ok(()) };
    match t.read(&file).await {
        Ok(bytes) => {
            o.program = Some(String::from_utf8_lossy(&bytes).into_owned());
            Ok(())
        }
        Err(errno) => {
            t.ctx.eprint(&format!("jq: Could not open {file}: {errno}\n")).await;
            Err(2)
        }
    }
}

/// No filter was given.
pub(super) async fn no_program(t: &Tool) -> i32 {
    let usage: String = HELP.split_inclusive('\n').skip(2).take(3).collect();
    t.ctx.eprint(&format!("{usage}{SEE_HELP}")).await;
    2
}
