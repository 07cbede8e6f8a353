//! The part of nginx's configuration that is simulated: `server`, `listen`, `root`, `index`, `location`, `return`,
//! `alias`, `proxy_pass`, `server_name`, `include`. Other directives are read and left alone.

/// A directive with its arguments and block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directive {
    pub name: String,
    pub args: Vec<String>,
    pub block: Vec<Directive>,
    pub line: usize,
}

/// A virtual server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub ports: Vec<u16>,
    pub names: Vec<String>,
    pub root: String,
    pub index: Vec<String>,
    pub locations: Vec<Location>,
    pub returns: Option<(u16, String)>,
}

/// A `location`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// `=`, `^~`, or empty; regular expressions are not simulated.
    pub modifier: String,
    pub prefix: String,
    pub root: Option<String>,
    pub alias: Option<String>,
    pub index: Option<Vec<String>>,
    pub returns: Option<(u16, String)>,
    pub proxy_pass: Option<String>,
}

/// How deep blocks may nest.
const LIMIT_DEPTH: usize = 16;

/// Reads configuration text. The error is nginx's, without the file's name: `unexpected "}"` and the line.
pub fn parse(text: &str) -> Result<Vec<Directive>, (String, usize)> {
    let tokens = tokens(text);
    let mut at = 0;
    let directives = block(&tokens, &mut at, 0)?;
    match tokens.get(at) {
        Some((token, line)) => Err((format!("unexpected \"{token}\""), *line)),
        None => Ok(directives),
    }
}

fn tokens(text: &str) -> Vec<(String, usize)> {
    let mut tokens: Vec<(String, usize)> = Vec::new();
    let mut word = String::new();
    let (mut line, mut quote, mut comment, mut quoted) = (1, None, false, false);
    for c in text.chars() {
        if let Some(end) = quote {
            if c == end {
                quote = None;
            } else {
                word.push(c);
            }
        } else if !comment {
            match c {
                '#' if word.is_empty() => comment = true,
                '"' | '\'' if word.is_empty() => {
                    quote = Some(c);
                    quoted = true;
                }
                '{' | '}' | ';' if !(c == '{' && word.ends_with('$')) => {
                    if !word.is_empty() || quoted {
                        tokens.push((std::mem::take(&mut word), line));
                        quoted = false;
                    }
                    tokens.push((c.to_string(), line));
                }
                c if c.is_whitespace() => {
                    if !word.is_empty() || quoted {
                        tokens.push((std::mem::take(&mut word), line));
                        quoted = false;
                    }
                }
                c => word.push(c),
            }
        }
        if c == '\n' {
            line += 1;
            comment = false;
        }
    }
    if !word.is_empty() {
        tokens.push((word, line));
    }
    tokens
}

fn block(tokens: &[(String, usize)], at: &mut usize, depth: usize) -> Result<Vec<Directive>, (String, usize)> {
    let mut directives = Vec::new();
    while let Some((token, line)) = tokens.get(*at) {
        if token == "}" {
            break;
        }
        let mut directive = Directive { line: *line, ..Directive::default() };
        loop {
            let last = tokens.last().map_or(1, |(_, line)| *line);
            let (token, line) = tokens.get(*at).ok_or_else(|| ("unexpected end of file, expecting \";\" or \"}\"".to_owned(), last))?;
            *at += 1;
            match token.as_str() {
                ";" => break,
                "{" if depth < LIMIT_DEPTH => {
                    directive.block = block(tokens, at, depth + 1)?;
                    let end = tokens.get(*at).ok_or_else(|| ("unexpected end of file, expecting \"}\"".to_owned(), last))?;
                    debug_assert_eq!(end.0, "}");
                    *at += 1;
                    break;
                }
                "{" | "}" => return Err((format!("unexpected \"{token}\""), *line)),
                word if directive.name.is_empty() => directive.name = word.to_owned(),
                word => directive.args.push(word.to_owned()),
            }
        }
        directives.push(directive);
    }
    Ok(directives)
}

/// The servers that a configuration describes; `include` reads the files that match a pattern.
pub fn servers(directives: &[Directive], include: &dyn Fn(&str) -> Vec<Vec<Directive>>) -> Vec<Server> {
    let mut found = Vec::new();
    for directive in directives {
        match directive.name.as_str() {
            "http" => found.extend(servers(&directive.block, include)),
            "include" => {
                for file in directive.args.first().map(|pattern| include(pattern)).unwrap_or_default() {
                    found.extend(servers(&file, include));
                }
            }
            "server" => found.push(server(&directive.block)),
            _ => {}
        }
    }
    found
}

fn server(directives: &[Directive]) -> Server {
    let all = |name: &'static str| directives.iter().filter(move |d| d.name == name);
    let first = |name: &'static str| all(name).next();
    let port = |d: &Directive| d.args.first().and_then(|a| a.rsplit(':').next()?.parse::<u16>().ok());
    let mut ports: Vec<u16> = all("listen").filter_map(port).collect();
    ports.dedup();
    Server {
        ports: if ports.is_empty() { vec![80] } else { ports },
        names: first("server_name").map(|d| d.args.clone()).unwrap_or_default(),
        root: first("root").and_then(|d| d.args.first().cloned()).unwrap_or_else(|| "/etc/nginx/html".to_owned()),
        index: first("index").map(|d| d.args.clone()).unwrap_or_else(|| vec!["index.html".to_owned()]),
        locations: all("location").map(location).collect(),
        returns: first("return").map(returns),
    }
}

fn location(directive: &Directive) -> Location {
    let (modifier, prefix) = match directive.args.as_slice() {
        [prefix] => (String::new(), prefix.clone()),
        [modifier, prefix, ..] => (modifier.clone(), prefix.clone()),
        [] => (String::new(), "/".to_owned()),
    };
    let first = |name: &str| directive.block.iter().find(|d| d.name == name);
    let arg = |name: &str| first(name).and_then(|d| d.args.first().cloned());
    Location {
        modifier,
        prefix,
        root: arg("root"),
        alias: arg("alias"),
        index: first("index").map(|d| d.args.clone()),
        returns: first("return").map(returns),
        proxy_pass: arg("proxy_pass"),
    }
}

fn returns(directive: &Directive) -> (u16, String) {
    match directive.args.as_slice() {
        [status, text, ..] => (status.parse().unwrap_or(500), text.clone()),
        [one] => one.parse().map_or_else(|_| (302, one.clone()), |status| (status, String::new())),
        [] => (500, String::new()),
    }
}

impl Server {
    /// The location for a path: an exact one, else the longest prefix.
    pub fn location(&self, path: &str) -> Option<&Location> {
        let exact = self.locations.iter().find(|l| l.modifier == "=" && l.prefix == path);
        let prefixes = self.locations.iter().filter(|l| matches!(l.modifier.as_str(), "" | "^~") && path.starts_with(&l.prefix));
        exact.or_else(|| prefixes.max_by_key(|l| l.prefix.len()))
    }
}
