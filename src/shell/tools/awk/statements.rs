use super::input::Reader;
use super::machine::{Jump, Machine, Output, Result};
use super::syntax::{Expr, Pattern, Source, Stmt, Target};
use super::value::{Value, lacking, sprintf};
use crate::process::{Errno, Spawn, pipe};
use crate::sim::LocalBoxFuture;

/// Output waits until it is this long, or something else is about to write.
const BUFFER_BYTES: usize = 4096;

impl Machine<'_> {
    /// Runs the whole program, and gives its exit status.
    pub async fn run(&mut self) -> i32 {
        let result = self.run_rules().await;
        let mut status = self.status;
        if let Err(Jump::Fatal(message)) = result {
            self.flush().await;
            let message = match message.as_str() {
                "division by zero" if self.t.busybox() => "cmd. line:1: Division by zero".to_owned(),
                _ => message,
            };
            self.t.complain(&message).await;
            status = if self.t.busybox() { 1 } else { 2 };
        }
        self.flush().await;
        for (_, output) in std::mem::take(&mut self.outputs) {
            drop(output.file);
            if let Some(child) = output.child {
                child.wait().await;
            }
        }
        status
    }

    async fn run_rules(&mut self) -> Result<()> {
        let program = self.program;
        let begins = || program.rules.iter().filter(|(p, _)| matches!(p, Pattern::Begin));
        let mut exited = false;
        for (_, body) in begins() {
            if let Some(body) = body {
                match self.execute(body).await {
                    Err(Jump::Exit) => exited = true,
                    Err(Jump::Next | Jump::NextFile) | Ok(()) => {}
                    Err(jump) => return Err(jump),
                }
            }
            if exited {
                break;
            }
        }
        let reads = program.rules.iter().any(|(p, _)| !matches!(p, Pattern::Begin));
        while !exited && reads {
            let Some(record) = self.next_record().await? else { break };
            self.set_record(record);
            match self.run_record().await {
                Err(Jump::Exit) => exited = true,
                Err(Jump::NextFile) => self.main = None,
                Err(Jump::Next) | Ok(()) => {}
                Err(jump) => return Err(jump),
            }
        }
        for (pattern, body) in &program.rules {
            if matches!(pattern, Pattern::End)
                && let Some(body) = body
            {
                match self.execute(body).await {
                    Err(Jump::Exit) => break,
                    Err(jump @ Jump::Fatal(_)) => return Err(jump),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    async fn run_record(&mut self) -> Result<()> {
        let program = self.program;
        for (i, (pattern, body)) in program.rules.iter().enumerate() {
            let hit = match pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::Expr(expr) => self.eval(expr).await?.truth(),
                Pattern::Range(first, last) => {
                    let open = self.ranges.get(i).copied().unwrap_or(false);
                    let inside = open || self.eval(first).await?.truth();
                    if inside {
                        let ends = self.eval(last).await?.truth();
                        if let Some(slot) = self.ranges.get_mut(i) {
                            *slot = !ends;
                        }
                    }
                    inside
                }
            };
            if !hit {
                continue;
            }
            match body {
                Some(body) => self.execute(body).await?,
                None => {
                    let line = self.record() + &self.text_of("ORS");
                    self.write(&line).await;
                }
            }
        }
        Ok(())
    }

    /// The next record of the files on the command line.
    pub fn next_record<'a>(&'a mut self) -> LocalBoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move {
            loop {
                if let Some(mut reader) = self.main.take() {
                    let rs = self.text_of("RS");
                    let record = reader.record(&self.t, &rs).await;
                    if let Some(record) = record {
                        self.main = Some(reader);
                        for name in ["NR", "FNR"] {
                            let n = self.slot(name).value.number() + 1.0;
                            self.slot(name).value = Value::Number(n);
                        }
                        return Ok(Some(record));
                    }
                }
                let Some(name) = self.arguments.get(self.at_argument).cloned() else {
                    if self.read_something {
                        return Ok(None);
                    }
                    self.read_something = true;
                    self.main = self.t.open("-").ok().map(|file| Reader::new(file, None));
                    continue;
                };
                self.at_argument += 1;
                if let Some((var, value)) = name.split_once('=').filter(|(n, _)| super::super::super::syntax::is_name(n)) {
                    self.assign_input(var, super::super::super::interpret_escapes(value).0);
                    continue;
                }
                if name.is_empty() {
                    continue;
                }
                self.read_something = true;
                match self.t.open(&name) {
                    Ok(file) => self.main = Some(Reader::new(file, None)),
                    Err(errno) if self.t.busybox() => return Err(Jump::Fatal(format!("{name}: {errno}"))),
                    Err(errno) => return Err(Jump::Fatal(format!("cannot open {name} ({errno})"))),
                }
                self.slot("FILENAME").value = Value::Text(name);
                self.slot("FNR").value = Value::Number(0.0);
            }
        })
    }

    /// Runs a statement. What nests in programs has a small future of its own.
    pub fn execute<'a>(&'a mut self, statement: &'a Stmt) -> LocalBoxFuture<'a, Result<()>> {
        match statement {
            Stmt::Block(all) => Box::pin(async move {
                self.t.ctx.step().await;
                for statement in all {
                    self.execute(statement).await?;
                }
                Ok(())
            }),
            Stmt::Expr(expr) => Box::pin(async move {
                self.t.ctx.step().await;
                self.eval(expr).await.map(drop)
            }),
            Stmt::If(condition, yes, no) => Box::pin(async move {
                self.t.ctx.step().await;
                if self.eval(condition).await?.truth() {
                    return self.execute(yes).await;
                }
                match no {
                    Some(no) => self.execute(no).await,
                    None => Ok(()),
                }
            }),
            Stmt::Return(value) => Box::pin(async move {
                self.t.ctx.step().await;
                let value = match value {
                    Some(value) => self.eval(value).await?,
                    None => Value::Unset,
                };
                Err(Jump::Return(value))
            }),
            statement => self.execute_other(statement),
        }
    }

    fn execute_other<'a>(&'a mut self, statement: &'a Stmt) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.t.ctx.step().await;
            match statement {
                Stmt::Print(all, target) => self.print(all, target).await?,
                Stmt::Printf(all, target) => {
                    let mut values = Vec::new();
                    for expr in all {
                        values.push(self.eval(expr).await?);
                    }
                    let template = values.first().map_or(String::new(), |v| v.text("%.6g"));
                    let format = self.convfmt();
                    if !self.t.busybox()
                        && let Some(before) = lacking(&template, values.len().saturating_sub(1))
                    {
                        let text = sprintf(before, values.get(1..).unwrap_or(&[]), &format);
                        self.emit(&text, target).await?;
                        return Err(self.run_time_error(&format!("not enough arguments passed to printf(\"{template}\")")));
                    }
                    let text = sprintf(&template, values.get(1..).unwrap_or(&[]), &format);
                    self.emit(&text, target).await?;
                }
                Stmt::While(condition, body) => {
                    while self.eval(condition).await?.truth() {
                        if !self.turn(body).await? {
                            break;
                        }
                    }
                }
                Stmt::Do(body, condition) => {
                    while self.turn(body).await? {
                        if !self.eval(condition).await?.truth() {
                            break;
                        }
                    }
                }
                Stmt::For(first, condition, step, body) => {
                    if let Some(first) = first {
                        self.execute(first).await?;
                    }
                    loop {
                        if let Some(condition) = condition
                            && !self.eval(condition).await?.truth()
                        {
                            break;
                        }
                        if !self.turn(body).await? {
                            break;
                        }
                        if let Some(step) = step {
                            self.execute(step).await?;
                        }
                    }
                }
                Stmt::ForIn(var, array, body) => {
                    let mut keys: Vec<String> = self.array(array).borrow().keys().cloned().collect();
                    keys.sort_by_cached_key(|k| (k.parse::<i64>().unwrap_or(i64::MAX), k.clone()));
                    for key in keys {
                        self.slot(var).value = Value::input(key);
                        if !self.turn(body).await? {
                            break;
                        }
                    }
                }
                Stmt::Next => return Err(Jump::Next),
                Stmt::NextFile => return Err(Jump::NextFile),
                Stmt::Break => return Err(Jump::Break),
                Stmt::Continue => return Err(Jump::Continue),
                Stmt::Exit(value) => {
                    if let Some(value) = value {
                        self.status = self.number(value).await? as i32 & 255;
                    }
                    return Err(Jump::Exit);
                }
                Stmt::Delete(name, None) => self.array(name).borrow_mut().clear(),
                Stmt::Delete(name, Some(subscripts)) => {
                    let key = self.key(subscripts).await?;
                    self.array(name).borrow_mut().remove(&key);
                }
                Stmt::Block(_) | Stmt::Expr(_) | Stmt::If(..) | Stmt::Return(_) => return self.execute(statement).await,
            }
            Ok(())
        })
    }

    /// A turn of a loop; false: `break`.
    fn turn<'a>(&'a mut self, body: &'a Stmt) -> LocalBoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.t.ctx.step().await;
            match self.execute(body).await {
                Ok(()) | Err(Jump::Continue) => Ok(true),
                Err(Jump::Break) => Ok(false),
                Err(jump) => Err(jump),
            }
        })
    }

    fn print<'a>(&'a mut self, all: &'a [Expr], target: &'a Target) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut parts = Vec::new();
            let ofmt = self.text_of("OFMT");
            for expr in all {
                let value = self.eval(expr).await?;
                parts.push(value.text(&ofmt));
            }
            let ofs = self.text_of("OFS");
            let mut line = if all.is_empty() { self.record() } else { parts.join(&ofs) };
            line.push_str(&self.text_of("ORS"));
            self.emit(&line, target).await
        })
    }

    async fn write(&mut self, text: &str) {
        self.out.extend(text.as_bytes());
        if self.out.len() >= BUFFER_BYTES || self.t.ctx.is_tty(1) {
            self.flush().await;
        }
    }

    /// Writes what waits.
    pub async fn flush(&mut self) {
        let out = std::mem::take(&mut self.out);
        if !out.is_empty() {
            self.t.out(out).await;
        }
    }

    fn emit<'a>(&'a mut self, text: &'a str, target: &'a Target) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (name, append, piped) = match target {
                Target::Stdout => {
                    self.write(text).await;
                    return Ok(());
                }
                Target::File(name) => (self.text(name).await?, false, false),
                Target::Append(name) => (self.text(name).await?, true, false),
                Target::Pipe(command) => (self.text(command).await?, false, true),
            };
            match name.as_str() {
                "/dev/stdout" | "-" if !piped => {
                    self.write(text).await;
                    return Ok(());
                }
                "/dev/stderr" if !piped => {
                    self.flush().await;
                    self.t.ctx.eprint(text).await;
                    return Ok(());
                }
                _ => {}
            }
            if !self.outputs.contains_key(&name) {
                self.flush().await;
                let output = if piped {
                    self.start(&name).map_err(|e| Jump::Fatal(format!("cannot open \"{name}\" for output ({e})")))?
                } else {
                    let file = self.t.create(&name, append).map_err(|e| Jump::Fatal(format!("cannot open \"{name}\" for output ({e})")))?;
                    Output { file, child: None }
                };
                self.outputs.insert(name.clone(), output);
            }
            if let Some(output) = self.outputs.get(&name) {
                let file = output.file.clone();
                let _ = self.t.write_to(&file, text.as_bytes()).await;
            }
            Ok(())
        })
    }

    fn start(&self, command: &str) -> std::result::Result<Output, Errno> {
        let (reader, writer) = pipe();
        let mut files = self.t.ctx.files();
        files.insert(0, reader);
        let child = self.t.ctx.spawn(Spawn { fds: Some(files), ..Spawn::new(["sh", "-c", command]) })?;
        Ok(Output { file: writer, child: Some(child) })
    }

    pub fn getline<'a>(&'a mut self, into: Option<&'a Expr>, source: &'a Source) -> LocalBoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let record = match source {
                Source::Main => self.next_record().await?,
                Source::File(name) => {
                    let name = self.text(name).await?;
                    if !self.readers.contains_key(&name) {
                        match self.t.open(&name) {
                            Ok(file) => drop(self.readers.insert(name.clone(), Reader::new(file, None))),
                            Err(_) => return Ok(Value::Number(-1.0)),
                        }
                    }
                    self.read_from(&name).await
                }
                Source::Command(command) => {
                    let command = self.text(command).await?;
                    if !self.readers.contains_key(&command) {
                        self.flush().await;
                        let (reader, writer) = pipe();
                        let mut files = self.t.ctx.files();
                        files.insert(1, writer);
                        let spawned = self.t.ctx.spawn(Spawn { fds: Some(files), ..Spawn::new(["sh", "-c", command.as_str()]) });
                        match spawned {
                            Ok(child) => drop(self.readers.insert(command.clone(), Reader::new(reader, Some(child)))),
                            Err(_) => return Ok(Value::Number(-1.0)),
                        }
                    }
                    let record = self.read_from(&command).await;
                    if record.is_some() {
                        let n = self.slot("NR").value.number() + 1.0;
                        self.slot("NR").value = Value::Number(n);
                    }
                    record
                }
            };
            let Some(record) = record else { return Ok(Value::Number(0.0)) };
            match into {
                Some(target) => self.store(target, Value::input(record)).await?,
                None => self.set_record(record),
            }
            Ok(Value::Number(1.0))
        })
    }

    async fn read_from(&mut self, name: &str) -> Option<String> {
        let rs = self.text_of("RS");
        let mut reader = self.readers.remove(name)?;
        let record = reader.record(&self.t, &rs).await;
        self.readers.insert(name.to_owned(), reader);
        record
    }
}
