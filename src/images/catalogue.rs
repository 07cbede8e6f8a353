//! `docs/images.md`: every image, from the list of them.

use super::{ALL, Image};

/// What stands before the list.
const HEAD: &str = "# Images

Generated from the list of images by `UPDATE_EXPECT=1 cargo test --test images`; do not edit.

An image acts as the real one does in what people use it for: its programs are written anew. Sizes are those of the real
pulls, digests are invented. Any other image is refused in the registry's words.

";

/// What stands behind the list: how to declare an image.
const TAIL: &str = r#"
## An image of your own

A topology file (`images:`, a list) or a file given to `image add FILE` at the workstation declares small images in YAML:

```yaml
name: greeter                 # or example.com/team/greeter
tags: [latest, "2.0"]         # latest where none is given
sizeBytes: 5000000
base: busybox                 # scratch (nothing at all), busybox, alpine, debian, ubuntu
env: { GREETING: Hello }
user: 1000
files:
  /etc/greeter.conf: |
    colour = blue
run:                          # what its program, /app, does; entrypoint and cmd replace it
  http: { port: 8080, body: "$(GREETING) from $(HOSTNAME), $(TAG)\n", paths: { /healthz: ok } }
  log: { lines: [tick, tock], everySeconds: 5 }
  crash: { afterSeconds: 60, exitCode: 3, message: out of ideas }
```

`$(NAME)` is a variable of the container's environment; `$(HOSTNAME)` is the host name, `$(TAG)` the tag.
"#;

fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_000_000.0)
}

fn row(image: &dyn Image) -> String {
    let Some(first) = image.tags().first() else { return String::new() };
    let config = image.config(&first.name);
    let tags: Vec<&str> = image.tags().iter().map(|tag| tag.name.as_ref()).collect();
    let runs = config.entrypoint.iter().chain(&config.cmd).cloned().collect::<Vec<_>>().join(" ");
    let ports = config.exposed_ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let name = image.name().trim_start_matches("docker.io/library/").trim_start_matches("docker.io/");
    let user = if config.user.0 == 0 { "root".to_owned() } else { config.user.0.to_string() };
    format!("| `{name}` | {} | {} | `{runs}` | {ports} | {user} |\n", tags.join(", "), size(first.size_bytes))
}

/// The page. `more` are images that are not in [`ALL`].
pub fn markdown(more: &[&dyn Image]) -> String {
    let mut images: Vec<&dyn Image> = ALL.iter().copied().chain(more.iter().copied()).collect();
    images.sort_by_key(|image| image.name().trim_start_matches("docker.io/library/").trim_start_matches("docker.io/").to_owned());
    let rows: String = images.iter().map(|image| row(*image)).collect();
    format!("{HEAD}{} images.\n\n| image | tags | pulled | runs | ports | user |\n|---|---|---|---|---|---|\n{rows}{TAIL}", images.len())
}
