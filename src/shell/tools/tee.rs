use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("ai", &[("append", 'a'), ("ignore-interrupts", 'i')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut files = Vec::new();
    let mut status = 0;
    for name in &options.operands {
        match t.create(name, options.has('a')) {
            Ok(file) => files.push(file),
            Err(errno) => {
                t.complain(&format!("{name}: {errno}")).await;
                status = 1;
            }
        }
    }
    let Ok(input) = t.ctx.file(0) else { return 1 };
    loop {
        let bytes = t.chunk(&input).await.unwrap_or_default();
        if bytes.is_empty() {
            return status;
        }
        if !t.out(&bytes).await {
            return 1;
        }
        for file in &files {
            if t.write_to(file, &bytes).await.is_err() {
                status = 1;
            }
        }
    }
}
