//! What commands say of themselves.

/// The first line of every busybox usage; the version is the simulated one.
pub(crate) const BANNER: &str = "BusyBox v1.36.1 (2024-06-10 07:11:47 UTC) multi-call binary.";

/// Busybox's usage of `name`, from `Usage:` on.
pub(crate) fn busybox(name: &str) -> String {
    let text = match name {
        "rm" => "[-irf] FILE...\n\nRemove (unlink) FILEs\n\n\t-i\tAlways prompt before removing\n\t-f\tNever prompt\n\t-R,-r\tRecurse",
        "wget" => {
            "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t\
             [--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...\n\nRetrieve files via HTTP or FTP\n\n\t\
             --spider\tOnly check URL existence: $? is 0 if exists\n\t--header STR\tAdd STR (of form 'header: value') to headers\n\t\
             --post-data STR\tSend STR using POST method\n\t--post-file FILE\tSend FILE using POST method\n\t\
             --no-check-certificate\tDon't validate the server's certificate\n\t-c\t\tContinue retrieval of aborted transfer\n\t\
             -q\t\tQuiet\n\t-P DIR\t\tSave to DIR (default .)\n\t-S    \t\tShow server response\n\t\
             -T SEC\t\tNetwork read timeout is SEC seconds\n\t-O FILE\t\tSave to FILE ('-' for stdout)\n\t\
             -o LOGFILE\tLog messages to FILE\n\t-U STR\t\tUse STR for User-Agent header\n\t-Y on/off\tUse proxy"
        }
        "ls" => {
            "[-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...\n\nList directory contents\n\n\t-1\tOne column output\n\t-a\tInclude names starting with .\n\t\
             -A\tLike -a, but exclude . and ..\n\t-d\tList directory names, not contents\n\t-l\tLong format\n\t-R\tRecurse\n\t\
             -h\tHuman readable sizes (1K 243M 2G)\n\t-r\tReverse sort order\n\t-S\tSort by size\n\t-t\tSort by mtime"
        }
        "cat" => {
            "[-nbvteA] [FILE]...\n\nPrint FILEs to stdout\n\n\t-n\tNumber output lines\n\t-b\tNumber nonempty lines\n\t\
             -v\tShow nonprinting characters as ^x or M-x\n\t-t\t...and tabs as ^I\n\t-e\t...and end lines with $\n\t-A\tSame as -vte"
        }
        "cp" => "[-arPLHpfinlsTu] SOURCE DEST\nor: cp [-arPLHpfinlsu] SOURCE... { -t DIRECTORY | DIRECTORY }\n\nCopy SOURCEs to DEST",
        "mv" => {
            "[-finT] SOURCE DEST\nor: mv [-fin] SOURCE... { -t DIRECTORY | DIRECTORY }\n\nRename SOURCE to DEST, or move SOURCEs to DIRECTORY"
        }
        "mkdir" => {
            "[-m MODE] [-p] DIRECTORY...\n\nCreate DIRECTORY\n\n\t-m MODE\tMode\n\t-p\tNo error if exists; make parent directories as needed"
        }
        "sleep" => {
            "[N]...\n\nPause for a time equal to the total of the args given, where each arg can\nhave an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays"
        }
        "grep" => {
            "[-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...\n\n\
             Search for PATTERN in FILEs (or stdin)"
        }
        "nc" => "[OPTIONS] HOST PORT  - connect\nnc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen",
        _ => "[OPTION]... [ARG]...",
    };
    format!("Usage: {name} {text}\n")
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
