use super::super::pattern;
use super::Part;

/// Cuts expanded parts into fields. Quoted characters get backslashes, for the pattern step.
pub(super) fn fields(parts: Vec<Part>, ifs: &str) -> Vec<String> {
    let mut splitter = Splitter { ifs, fields: Vec::new(), current: None };
    for part in parts {
        match part {
            Part::Literal(text) => splitter.current.get_or_insert_default().push_str(&text.replace('\\', "\\\\")),
            Part::Quoted(text) => splitter.current.get_or_insert_default().push_str(&pattern::quote(&text)),
            Part::Split(text) => splitter.split(&text),
            Part::Break => {
                let field = splitter.current.take();
                splitter.fields.push(field.unwrap_or_default());
                splitter.current = Some(String::new());
            }
        }
    }
    splitter.fields.extend(splitter.current);
    splitter.fields
}

struct Splitter<'a> {
    ifs: &'a str,
    fields: Vec<String>,
    /// The field in the making; `None` between fields.
    current: Option<String>,
}

impl Splitter<'_> {
    fn split(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
        while let Some(c) = chars.next() {
            if !self.ifs.contains(c) {
                let field = self.current.get_or_insert_default();
                if c == '\\' {
                    field.push('\\');
                }
                field.push(c);
                continue;
            }
            let mut delimiter = !blank(c);
            if !delimiter {
                while chars.peek().is_some_and(|c| self.ifs.contains(*c) && blank(*c)) {
                    chars.next();
                }
                if self.current.is_some() && chars.peek().is_some_and(|c| self.ifs.contains(*c)) {
                    chars.next();
                    delimiter = true;
                }
            }
            if delimiter {
                while chars.peek().is_some_and(|c| self.ifs.contains(*c) && blank(*c)) {
                    chars.next();
                }
                let field = self.current.take();
                self.fields.push(field.unwrap_or_default());
            } else {
                self.fields.extend(self.current.take());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        let split = |text: &str, ifs: &str| fields(vec![Part::Split(text.into())], ifs).join("|");
        assert_eq!(split(" a  b ", " \t\n"), "a|b");
        assert_eq!(split("a,b,,d", ","), "a|b||d");
        assert_eq!(split("/bin:/usr/bin", ":"), "/bin|/usr/bin");
        assert_eq!(split("a , b", " ,"), "a|b");
    }
}
