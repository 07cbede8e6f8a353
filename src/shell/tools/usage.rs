//! What commands say of themselves.

/// The first line of every busybox usage; the version is the simulated one.
pub(crate) const BANNER: &str = "BusyBox v1.36.1 (2024-06-10 07:11:47 UTC) multi-call binary.";

/// What busybox 1.36 says of its applets, one after the other, `%` between them.
const BUSYBOX: &str = include_str!("busybox_usage.txt");

/// Busybox's usage of `name`, from `Usage:` on.
pub(crate) fn busybox(name: &str) -> String {
    let own = BUSYBOX.split("\n%\n").find(|text| text.split_whitespace().next() == Some(name));
    match own {
        Some(text) => format!("Usage: {}\n", text.trim_end()),
        None => format!("Usage: {name} [OPTION]... [ARG]...\n"),
    }
}

/// The version line of a GNU command.
pub(crate) fn version(name: &str) -> &'static str {
    match name {
        "grep" => "(GNU grep) 3.8",
        "sed" => "(GNU sed) 4.9",
        "find" | "xargs" => "(GNU findutils) 4.9.0",
        "diff" | "cmp" => "(GNU diffutils) 3.8",
        "tar" => "(GNU tar) 1.34",
        _ => "(GNU coreutils) 9.1",
    }
}

/// The help of a GNU command: its usage line.
pub(crate) fn help(name: &str) -> String {
    format!("Usage: {name} [OPTION]... [FILE]...\n\nFull documentation <https://www.gnu.org/software/coreutils/{name}>\n")
}
