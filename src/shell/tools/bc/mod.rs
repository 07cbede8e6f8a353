//! bc: numbers, variables, `scale`, `ibase`, `obase`, `if`, `while`, `for`, functions without arrays.

mod machine;
mod number;
mod syntax;

use machine::Machine;

use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("mathlib", 'l'), ("quiet", 'q'), ("standard", 's'), ("warn", 'w'), ("interactive", 'i'), ("version", 'v'), ("help", 'h')];
    let options = match t.options("lqswivh", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('v') {
        t.out("bc 1.07.1\nCopyright 1991-1994, 1997, 1998, 2000, 2004, 2006, 2008, 2012-2017 Free Software Foundation, Inc.\n").await;
        return 0;
    }
    let mut machine = Machine::new(options.has('l'));
    let mut files = options.operands.clone();
    files.push("-".into());
    for name in files {
        let label = if name == "-" { "(standard_in)" } else { &name };
        let file = match t.open(&name) {
            Ok(file) => file,
            Err(_) => {
                t.ctx.eprint(&format!("File {name} is unavailable.\n")).await;
                return 1;
            }
        };
        let mut pending = String::new();
        let mut line = 0;
        loop {
            let chunk = match t.ctx.is_tty(0) && name == "-" {
                true => t.ctx.read_line(0).await.unwrap_or_default(),
                false => t.read_all(&file).await.unwrap_or_default(),
            };
            let end = chunk.is_empty();
            for text in String::from_utf8_lossy(&chunk).split_inclusive('\n') {
                line += 1;
                pending.push_str(text);
                if syntax::is_open(&pending) {
                    continue;
                }
                let going = machine.run(&std::mem::take(&mut pending), label, line);
                t.out(std::mem::take(&mut machine.out)).await;
                t.ctx.eprint(&std::mem::take(&mut machine.complaints)).await;
                for _ in 0..machine.take_steps() / 100 {
                    t.ctx.step().await;
                }
                if !going {
                    return 0;
                }
            }
            if end || !t.ctx.is_tty(0) || name != "-" {
                break;
            }
        }
    }
    0
}
