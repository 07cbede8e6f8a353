//! curl's options.

/// What a command line asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub urls: Vec<String>,
    pub outputs: Vec<String>,
    pub remote_name: bool,
    pub method: Option<String>,
    pub headers: Vec<String>,
    pub data: Option<Vec<u8>>,
    pub get: bool,
    pub head: bool,
    pub include: bool,
    pub silent: bool,
    pub show_error: bool,
    pub fail: bool,
    pub follow: bool,
    pub verbose: bool,
    pub agent: Option<String>,
    pub user: Option<String>,
    pub write_out: Option<String>,
    pub max_time: Option<f64>,
    pub connect_timeout: Option<f64>,
    pub insecure: bool,
    pub version: bool,
    pub help: bool,
}

/// Long names, their letters, and whether they take a value.
const OPTIONS: &[(&str, char, bool)] = &[
    ("connect-timeout", '1', true),
    ("data", 'd', true),
    ("data-ascii", 'd', true),
    ("data-binary", 'd', true),
    ("data-raw", 'd', true),
    ("fail", 'f', false),
    ("get", 'G', false),
    ("head", 'I', false),
    ("header", 'H', true),
    ("help", 'h', false),
    ("http1.1", '0', false),
    ("include", 'i', false),
    ("insecure", 'k', false),
    ("json", 'd', true),
    ("location", 'L', false),
    ("max-time", 'm', true),
    ("no-buffer", 'N', false),
    ("no-progress-meter", '2', false),
    ("output", 'o', true),
    ("remote-name", 'O', false),
    ("request", 'X', true),
    ("show-error", 'S', false),
    ("silent", 's', false),
    ("user", 'u', true),
    ("user-agent", 'A', true),
    ("verbose", 'v', false),
    ("version", 'V', false),
    ("write-out", 'w', true),
];

/// Reads a command line; `read` reads the files that data comes from. `Err` is curl's complaint.
pub(super) fn parse(arguments: &[String], read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let unknown = || format!("option --{long}: is unknown");
            let (_, letter, valued) = OPTIONS.iter().find(|(name, ..)| *name == long).ok_or_else(unknown)?;
            let value =
                if *valued { rest.next().cloned().ok_or_else(|| format!("option --{long}: requires parameter"))? } else { String::new() };
            asked.take(*letter, value, long, read)?;
        } else if word.len() > 1 && word.starts_with('-') {
            let letters = word.char_indices().skip(1);
            for (at, letter) in letters {
                let unknown = || format!("option {word}: is unknown");
                let (_, _, valued) = OPTIONS.iter().find(|(_, l, _)| *l == letter && !l.is_ascii_digit()).ok_or_else(unknown)?;
                if !valued {
                    asked.take(letter, String::new(), "", read)?;
                    continue;
                }
                let inline = word.get(at + letter.len_utf8()..).filter(|value| !value.is_empty()).map(str::to_owned);
                let value = inline.or_else(|| rest.next().cloned()).ok_or_else(|| format!("option -{letter}: requires parameter"))?;
                asked.take(letter, value, "", read)?;
                break;
            }
        } else {
            asked.urls.push(word.clone());
        }
    }
    Ok(asked)
}

impl Asked {
    fn take(&mut self, letter: char, value: String, long: &str, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<(), String> {
        let seconds = |value: &str| value.parse::<f64>().map_err(|_| format!("option {long}: expected a proper numerical parameter"));
        match letter {
            '1' => self.connect_timeout = Some(seconds(&value)?),
            'm' => self.max_time = Some(seconds(&value)?),
            'd' => {
                let data = self.data.get_or_insert_default();
                if long == "json" {
                    // Before what `-H` says, which wins.
                    self.headers.splice(..0, ["Content-Type: application/json".to_owned(), "Accept: application/json".to_owned()]);
                } else if !data.is_empty() {
                    data.push(b'&');
                }
                match value.strip_prefix('@').filter(|_| long != "data-raw") {
                    Some(path) => {
                        let mut bytes = read(path).ok_or_else(|| format!("Failed to open {path}"))?;
                        if !matches!(long, "data-binary" | "json") {
                            bytes.retain(|byte| !matches!(byte, b'\r' | b'\n'));
                        }
                        data.extend(bytes);
                    }
                    None => data.extend(value.as_bytes()),
                }
            }
            'f' => self.fail = true,
            'G' => self.get = true,
            'I' => self.head = true,
            'H' => self.headers.push(value),
            'h' => self.help = true,
            'i' => self.include = true,
            'k' => self.insecure = true,
            'L' => self.follow = true,
            '2' => self.silent = self.silent || self.show_error,
            'o' => self.outputs.push(value),
            'O' => self.remote_name = true,
            'X' => self.method = Some(value),
            'S' => self.show_error = true,
            's' => self.silent = true,
            'u' => self.user = Some(value),
            'A' => self.agent = Some(value),
            'v' => self.verbose = true,
            'V' => self.version = true,
            'w' => self.write_out = Some(value),
            _ => {}
        }
        Ok(())
    }
}
