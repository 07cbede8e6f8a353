use super::tool::Tool;
use crate::process::Errno;

/// `strings [-n least]`: the stretches of text in binary files.
pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("n:a", &[("bytes", 'n'), ("all", 'a')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let least = match t.number(options.value('n'), 4, "invalid integer argument").await {
        Ok(least) => least.max(1),
        Err(status) => return status,
    };
    let mut status = 0;
    for name in t.inputs(&options.operands) {
        match t.read(&name).await {
            Ok(bytes) => {
                let mut out = Vec::new();
                for stretch in bytes.split(|b| !(*b == b'\t' || (0x20..0x7f).contains(b))).filter(|s| s.len() >= least) {
                    out.extend_from_slice(stretch);
                    out.push(b'\n');
                }
                t.out(out).await;
            }
            Err(errno) => {
                status = 1;
                let said = if errno == Errno::ENOENT { format!("'{name}': No such file") } else { format!("{name}: {errno}") };
                t.complain(&said).await;
            }
        }
    }
    status
}
