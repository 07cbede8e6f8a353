//! Lines that are made to break a shell: each ends, says so, and leaves the session alive.

#![allow(clippy::disallowed_types, reason = "this measures wall time; the engine never does")]

use std::time::{Duration, Instant};

use podground::cluster::Topology;
use podground::session::play::Workstation;
use podground::session::{Options, Player, Session};

/// What one line may take where nothing is optimised and others work too.
const LIMIT: Duration = Duration::from_secs(60);

/// A line of bash, and what it must print (either stream) or, as `?N`, its status.
const ENDING: &[(&str, &str)] = &[
    ("f() { f; }; f 2>&1 | tail -1", "f: maximum function nesting level exceeded ("),
    ("f() { f; }; f", "bash: f: maximum function nesting level exceeded ("),
    ("(FUNCNEST=5; f() { f; }; f)", "bash: f: maximum function nesting level exceeded (5)"),
    ("f() { if true; then case x in x) while :; do f; done;; esac; fi; }; f", "maximum function nesting level exceeded"),
    ("f() { if [ $1 -gt 0 ]; then f $(($1 - 1)); else echo bottom; fi; }; f 200", "bottom"),
    ("f() { [ $1 -gt 100 ] && kill -9 $BASHPID; f $(($1 + 1)); }; (f 1); echo $?", "137"),
    ("f() { [ $1 -gt 100 ] && exit 7; f $(($1 + 1)); }; (f 1); echo $?", "7"),
    ("f() { [ $1 -gt 100 ] && return 3; f $(($1 + 1)); }; f 1; echo $?", "3"),
    ("f() { echo $1; f $(($1 + 1)); }; f 1 2>/dev/null | sed -n 90p", "90"),
    ("f() { ( f ); }; f 2>&1 | tail -1", "f"),
    ("f() { x=$(f); }; f 2>&1 | tail -1", "f"),
    ("x='eval \"$x\"'; eval \"$x\"", "eval: maximum eval nesting level exceeded"),
    ("echo '. ./s' > s; . ./s", "maximum source nesting level exceeded"),
    ("echo 'sh ./s' > s; sh ./s", "fork"),
    ("echo 'bash ./s' > s; bash ./s 2>&1 | tail -2", "fork"),
    ("printf 'f() { f; }\\nf\\n' > s; bash s", "maximum function nesting level exceeded"),
    ("printf \"cat <<'a\\nb'\\nhi\\n\" > s; bash s", ""),
    ("trap 'kill -USR1 $$' USR1; kill -USR1 $$; trap - USR1; echo on", "on"),
    ("trap 'false' ERR; false; trap - ERR", "?0"),
    ("alias a='b ' b='a '; a a a", "not found"),
    ("eval \"$(printf '(%.0s' $(seq 1 100000))\"", "syntax error near unexpected token `('"),
    ("eval \"$(printf '( (%.0s' $(seq 1 5000))\"", "syntax error"),
    ("eval \"$(printf '{ %.0s' $(seq 1 5000))\"", "syntax error"),
    ("eval \"$(printf '{ %.0s' $(seq 1 50)) echo deep; $(printf '} ;%.0s' $(seq 1 50))\"", "deep"),
    ("eval \"$(printf 'if true; then %.0s' $(seq 1 5000))\"", "syntax error"),
    ("eval \"echo $(printf '$(%.0s' $(seq 1 5000))\"", "syntax error"),
    ("eval \"echo $(printf '$( echo %.0s' $(seq 1 30)) deep $(printf ') %.0s' $(seq 1 30))\"", "deep"),
    ("eval \"echo $(printf '${x:-%.0s' $(seq 1 5000))\"", "syntax error"),
    ("eval \"[[ $(printf '! %.0s' $(seq 1 5000)) x ]]\"; echo $?", "2"),
    ("eval \"[[ $(printf '( %.0s' $(seq 1 5000)) x\"", "syntax error"),
    ("eval \"true $(printf '&& true %.0s' $(seq 1 5000))\"; echo $?", "0"),
    ("eval \"true $(printf '| cat %.0s' $(seq 1 1000))\"", "fork: retry: Resource temporarily unavailable"),
    ("x=\"$(printf '(%.0s' $(seq 1 5000))1\"; echo $((x)) 2>&1 | tail -c 60", "("),
    ("x=\"$(printf -- '- %.0s' $(seq 1 5000))1\"; echo $((x))", "expression recursion level exceeded"),
    ("x=\"$(printf '1?%.0s' $(seq 1 5000))1\"; echo $((x))", "expression recursion level exceeded"),
    ("x=\"$(printf '2**%.0s' $(seq 1 5000))1\"; echo $((x))", "expression recursion level exceeded"),
    ("x=x; echo $((x))", "expression recursion level exceeded"),
    ("x='x+x'; echo $((x))", "expression recursion level exceeded"),
    ("x='a[x]'; echo $((x))", "expression recursion level exceeded"),
    ("echo $((((((((((((1 + 2)))))))))) * 2))", "6"),
    ("declare -n na=nb; declare -n nb=na; echo \"<$na>\"; na=1; unset -n na nb; echo on", "on"),
    ("echo {1..1000000000} | wc -w", "100000"),
    ("echo {1..100}{1..100}{1..100}{1..100} | wc -w", "100000"),
    ("printf '%1000000000s' | wc -c", ""),
    ("printf '%*s' 99999999999 x | wc -c", ""),
    ("x=x; while :; do x=$x$x; done", "cannot allocate"),
    ("x=$(head -c 1000000000 /dev/zero | tr '\\0' a)", "cannot allocate"),
    ("unset x; head -c 1000000000 /dev/zero > big; rm -f big", "No space left on device"),
    ("nl -w 9999999999999 <<< a", "a width of 9999999999999 is not simulated in Podground"),
    ("expand -t 18446744073709551615 <<< a", "is not simulated in Podground"),
    ("column -c 99999999999 <<< a", "is not simulated in Podground"),
    ("diff -y -W 99999999999 <(echo a) <(echo b)", "is not simulated in Podground"),
    ("split -n 99999999999 /etc/hostname", "99999999999 files are not simulated in Podground"),
    ("nl -v 9223372036854775807 <<< $'a\\nb'", "9223372036854775807"),
    ("seq 100000 > a; seq 2 100001 > b; diff a b; rm -f a b", "100000a100000"),
    ("a[9223372036854775807]=1; echo ${a[-1]} ${a[-2]}; a+=(x y); echo on", "bad array subscript"),
    ("csplit /etc/hostname 0", "line number must be greater than zero"),
    ("[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa =~ (a*)*b ]]; echo $?", "1"),
    ("[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa == *a*a*a*a*a*a*a*a*a*b ]]; echo $?", "1"),
    ("shopt -s extglob; p=\"$(printf '+(%.0s' $(seq 1 5000))a\"; [[ a == $p ]]; echo $?", "1"),
    ("printf '(%.0s' $(seq 1 5000) > p; grep -E -f p /etc/passwd", "too big"),
    ("[ $(printf '( %.0s' $(seq 1 5000)) x", "["),
    ("[ $(printf '! %.0s' $(seq 1 5000)) x ]", "too many arguments"),
    ("expr $(printf '( %.0s' $(seq 1 5000)) 1", "nested this deep"),
    ("find . $(printf '( %.0s' $(seq 1 5000))", "nested this deep"),
    ("find . $(printf '! %.0s' $(seq 1 5000)) -true", "nested this deep"),
    ("echo 1 | jq 'def f: 1 + f; f'", "recursion this deep is not simulated in Podground"),
    ("echo 1 | jq 'def f: f; f'", "recursion this deep is not simulated in Podground"),
    ("printf '[%.0s' $(seq 1 100000) | jq .", "Exceeds depth limit for parsing"),
    ("jq -n 'reduce range(100000) as $i (0; [.]) | tojson | length'", "jq: error"),
    ("jq -n \"$(printf '[%.0s' $(seq 1 5000))\"", "nested this deep"),
    ("jq -n \"1$(printf '+1%.0s' $(seq 1 5000))\"", "this long is not simulated"),
    ("jq -n \"1$(printf '+1%.0s' $(seq 1 550))\"", "recursion this deep"),
    ("jq -n \"1$(printf '|1%.0s' $(seq 1 80))\"", "1"),
    ("jq -n '[recurse(.)]'", "jq: error"),
    ("awk 'function f(n) { return f(n+1) } BEGIN { f(1) }'", "function call nesting too deep"),
    ("awk \"BEGIN { print $(printf '(%.0s' $(seq 1 5000)) 1 }\"", "syntax error"),
    ("awk \"BEGIN { print 1 $(printf '+1%.0s' $(seq 1 20000)) }\"", "syntax error"),
    ("awk \"BEGIN { print 1 $(printf '+1%.0s' $(seq 1 60)) }\"", "61"),
    ("awk \"BEGIN { x = $(printf '1?%.0s' $(seq 1 5000)) 1 }\"", "syntax error"),
    ("awk \"BEGIN { $(printf 'x=%.0s' $(seq 1 5000)) 1 }\"", "syntax error"),
    ("awk 'BEGIN { x = \"a\"; while (1) x = x x }'", "out of memory"),
    ("sed \"$(printf '{%.0s' $(seq 1 5000))\" /etc/passwd", "unmatched `{'"),
    ("echo 'define f(x) { return f(x+1); } f(1)' | bc", "recursion this deep"),
    ("ln -s la lb; ln -s lb la; cat la", "Too many levels of symbolic links"),
    // The last: what it left takes every process for a while.
    (":(){ :|:& };:", ""),
];

/// Lines without an end, which Ctrl-C must end.
const ENDLESS: &[&str] = &[
    "yes",
    "while :; do :; done",
    "cat /dev/zero",
    "echo x | sed ':a;ba'",
    "awk 'BEGIN { while (1) i++ }'",
    "seq 1 1000000000",
    "until false; do true; done",
    "for ((;;)); do x=$((x + 1)); done",
    ":(){ :|:; };:",
    "sleep 99999999999999",
];

fn player() -> Player {
    Player::new(1, &Topology::built_in("reference").expect("a topology"), Some("bash"))
}

#[test]
fn hostile_lines_end_and_leave_the_shell_alive() {
    let mut faults = Vec::new();
    let mut player = player();
    for (line, wanted) in ENDING {
        let start = Instant::now();
        let got = player.run(line);
        let took = start.elapsed();
        println!("{took:?} {line}");
        let printed = got.stdout + &got.stderr;
        let holds = match wanted.strip_prefix('?') {
            Some(status) => status == got.status.to_string(),
            None => printed.contains(wanted),
        };
        let shown: String = printed.chars().take(200).collect();
        if !holds || took > LIMIT {
            faults.push(format!("{line}\n  wanted {wanted}\n  got ({took:?}) {shown}"));
        }
        let after = player.run("echo alive");
        if !after.stdout.ends_with("alive\n") {
            faults.push(format!("{line}\n  left the shell dead: {after:?}"));
            player = self::player();
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn interrupt_ends_what_has_no_end() {
    let session = Session::new(Options { seed: 7, ..Options::default() });
    let terminal = session.open_terminal();
    let run = |milliseconds: u64| {
        for _ in 0..milliseconds / 16 {
            session.advance(16, 2_000);
        }
    };
    run(500);
    let mut faults = Vec::new();
    for line in ENDLESS {
        session.type_command(terminal, line);
        run(800);
        session.terminal_input(terminal, b"\x03");
        run(800);
        session.take_terminal_output(terminal);
        session.terminal_input(terminal, b"echo al''ive $?\r");
        run(800);
        let output = String::from_utf8_lossy(&session.take_terminal_output(terminal)).into_owned();
        if !output.contains("alive 130") {
            faults.push(format!("{line}: {}", output.chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect::<String>()));
            session.terminal_input(terminal, b"\x03");
            run(5_000);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
