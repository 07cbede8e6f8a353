//! File modes as `chmod`, `mkdir -m` and `umask` take them.

/// The mode that `text` makes of `old`: octal, or `u+x,go-w`. `umask` counts where nobody is named.
pub(crate) fn parse(text: &str, old: u32, is_dir: bool, umask: u32) -> Option<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = old;
    for clause in text.split(',') {
        let split = clause.find(['+', '-', '='])?;
        let (who, mut actions) = clause.split_at_checked(split)?;
        if !who.chars().all(|c| "ugoa".contains(c)) {
            return None;
        }
        let everybody = who.is_empty() || who.contains('a');
        let mut affected = 0;
        for (letter, mask) in [('u', 0o4700), ('g', 0o2070), ('o', 0o1007)] {
            if everybody || who.contains(letter) {
                affected |= mask;
            }
        }
        while let Some(operator) = actions.chars().next() {
            let rest = actions.get(1..)?;
            let len = rest.find(['+', '-', '=']).unwrap_or(rest.len());
            let (letters, next) = rest.split_at_checked(len)?;
            let mut bits = 0;
            for letter in letters.chars() {
                bits |= match letter {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if is_dir || mode & 0o111 != 0 => 0o111,
                    'X' => 0,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => ((mode >> 6) & 7) * 0o111,
                    'g' => ((mode >> 3) & 7) * 0o111,
                    'o' => (mode & 7) * 0o111,
                    _ => return None,
                };
            }
            let mask = if who.is_empty() { affected & !umask } else { affected };
            match operator {
                '+' => mode |= bits & mask,
                '-' => mode &= !(bits & mask),
                _ => mode = (mode & !(affected & 0o777)) | (bits & mask),
            }
            actions = next;
        }
    }
    Some(mode)
}
