use super::super::state::{Ran, Shell};

const LIMITS: &[(char, &str, &str)] = &[
    ('c', "core file size              (blocks, -c)", "0"),
    ('d', "data seg size               (kbytes, -d)", "unlimited"),
    ('f', "file size                   (blocks, -f)", "unlimited"),
    ('n', "open files                          (-n)", "1048576"),
    ('s', "stack size                  (kbytes, -s)", "8192"),
    ('t', "cpu time                   (seconds, -t)", "unlimited"),
    ('u', "max user processes                  (-u)", "unlimited"),
    ('v', "virtual memory              (kbytes, -v)", "unlimited"),
];

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut letter = 'f';
    for word in words.iter().skip(1) {
        let Some(option) = word.strip_prefix('-').and_then(|w| w.chars().last()) else {
            if shell.dialect.is_dash() && word != "unlimited" && !word.bytes().all(|b| b.is_ascii_digit()) {
                return shell.special_error(Some("ulimit"), "bad number").await;
            }
            shell.complain(Some("ulimit"), "changing limits is not simulated in Podground").await;
            return Ok(1);
        };
        letter = option;
        if !"SHa".contains(letter) && !LIMITS.iter().any(|l| l.0 == letter) {
            if shell.dialect.is_bash() {
                return Ok(shell
                    .misuse("ulimit", Some(&format!("-{letter}: invalid option")), "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]")
                    .await);
            }
            shell.ctx.eprint(&format!("ulimit: invalid option -- '{letter}'\n")).await;
            return Ok(1);
        }
    }
    let text: String = match letter {
        'a' => LIMITS.iter().map(|(_, name, value)| format!("{name} {value}\n")).collect(),
        letter => LIMITS.iter().filter(|l| l.0 == letter || ("SH".contains(letter) && l.0 == 'f')).map(|l| format!("{}\n", l.2)).collect(),
    };
    Ok(shell.out("ulimit", &text).await)
}
