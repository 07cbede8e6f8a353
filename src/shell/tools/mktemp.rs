use super::tool::Tool;
use crate::process::OpenOptions;

pub(super) async fn run(t: Tool) -> i32 {
    let options =
        match t.options("dqup:t|S:", &[("directory", 'd'), ("dry-run", 'u'), ("quiet", 'q'), ("tmpdir", 'p'), ("suffix", 'S')], 1).await {
            Ok(options) => options,
            Err(status) => return status,
        };
    let template = options.operands.first().cloned();
    let in_tmp = template.is_none() || options.has('p') || options.has('t');
    let template = template.unwrap_or_else(|| "tmp.XXXXXXXXXX".into());
    let stem = template.trim_end_matches('X');
    let count = template.len() - stem.len();
    if count < 3 {
        t.complain(&format!("too few X's in template {}", t.quote(&template))).await;
        return 1;
    }
    let directory = options.value('p').map(str::to_owned).or_else(|| t.ctx.env("TMPDIR")).unwrap_or_else(|| "/tmp".into());
    let name = format!("{stem}{}{}", t.ctx.sim().rng().suffix(count), options.value('S').unwrap_or(""));
    let path = if in_tmp { format!("{directory}/{name}") } else { name };
    if options.has('u') {
        return i32::from(!t.out(format!("{path}\n")).await);
    }
    let result = if options.has('d') {
        t.vfs().create_dir(&t.path(&path), 0o700, t.ctx.now(), t.who())
    } else {
        t.ctx.open_file(&path, OpenOptions { exclusive: true, ..OpenOptions::WRITE }).map(drop)
    };
    if let Err(errno) = result {
        if options.has('q') {
            return 1;
        }
        t.complain(&format!("failed to create file via template {}: {errno}", t.quote(&template))).await;
        return 1;
    }
    if !options.has('d') {
        let _ = t.vfs().change(&t.path(&path), t.who(), |inode| inode.mode = 0o600);
    }
    i32::from(!t.out(format!("{path}\n")).await)
}
