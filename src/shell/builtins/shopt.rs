use super::super::state::{Options, Ran, Shell};

const NAMES: &[&str] =
    &["dotglob", "expand_aliases", "extglob", "failglob", "globstar", "lastpipe", "nocaseglob", "nocasematch", "nullglob"];

fn slot<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "dotglob" => &mut options.dotglob,
        "expand_aliases" => &mut options.expand_aliases,
        "extglob" => &mut options.extglob,
        "failglob" => &mut options.failglob,
        "nocaseglob" => &mut options.nocaseglob,
        "globstar" => &mut options.globstar,
        "lastpipe" => &mut options.lastpipe,
        "nocasematch" => &mut options.nocasematch,
        "nullglob" => &mut options.nullglob,
        _ => return None,
    })
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut set = None;
    let mut quiet = false;
    let mut names = Vec::new();
    for word in words.iter().skip(1) {
        match word.as_str() {
            "-s" => set = Some(true),
            "-u" => set = Some(false),
            "-q" => quiet = true,
            "-p" => {}
            name => names.push(name.to_owned()),
        }
    }
    if names.is_empty() {
        names = NAMES.iter().map(|n| (*n).to_owned()).collect();
        set = None;
    }
    let mut status = 0;
    for name in names {
        let Some(slot) = slot(&mut shell.options, &name) else {
            shell.complain(Some("shopt"), &format!("{name}: invalid shell option name")).await;
            status = 1;
            continue;
        };
        match set {
            Some(on) => *slot = on,
            None => {
                let on = *slot;
                status = status.max(i32::from(!on && words.len() > 1));
                if !quiet {
                    shell.out("shopt", &format!("{name:<15}\t{}\n", if on { "on" } else { "off" })).await;
                }
            }
        }
    }
    Ok(status)
}
