//! The usual commands: one a file, one line in the list.

mod awk;
mod base64;
mod basename;
mod bc;
mod builtin_like;
mod cat;
mod chmod;
mod chown;
mod cksum;
mod clear;
mod clock;
mod compare;
mod copy;
mod cp;
mod csplit;
mod cut;
mod date;
mod dd;
mod diff;
mod digest;
mod dirname;
mod disk;
mod dump;
mod env;
mod expr;
mod find;
mod fmt;
mod fold;
mod grep;
mod gzip;
mod head;
mod id;
mod identity;
mod jq;
mod lines_tools;
mod ln;
mod ls;
mod misc;
mod mkdir;
mod mkfifo;
mod mktemp;
pub(crate) mod mode;
mod mv;
mod net;
mod numbers;
mod options;
mod owner;
mod paste;
mod printenv;
mod proc;
mod readlink;
mod rm;
mod rmdir;
mod sed;
mod seq;
mod sleep;
mod sort;
mod stat;
mod strings;
mod tail;
mod tar;
mod tee;
mod timeout;
mod tool;
mod touch;
mod tr;
mod tsort;
mod uniq;
mod usage;
mod wc;
mod which;
mod xargs;
mod yes;

pub(crate) use clock::format as strftime;
pub(crate) use options::Options;
pub(crate) use sleep::duration;
pub(crate) use tool::Flavor;
use tool::Tool;
pub(crate) use usage::BANNER;

use crate::process::{Program, program};
use crate::sim::LocalBoxFuture;

/// A command of the list.
pub(crate) struct Command {
    pub name: &'static str,
    run: fn(Tool) -> LocalBoxFuture<'static, i32>,
}

impl Command {
    /// The program, with the messages of `flavor`.
    pub fn program(&'static self, flavor: Flavor) -> Program {
        program(move |ctx| {
            let args = ctx.args();
            (self.run)(Tool { ctx, name: self.name, args, flavor })
        })
    }
}

macro_rules! list {
    ($( $name:literal $run:path; )*) => {
        /// Every command.
        pub(crate) const COMMANDS: &[Command] = &[$( Command { name: $name, run: |tool| Box::pin($run(tool)) }, )*];
    };
}

list! {
    "[" builtin_like::test;
    "arch" identity::arch;
    "awk" awk::run;
    "base64" base64::run;
    "basename" basename::run;
    "bc" bc::run;
    "cat" cat::run;
    "chgrp" chown::run;
    "chmod" chmod::run;
    "chown" chown::run;
    "cksum" cksum::run;
    "clear" clear::run;
    "cmp" compare::cmp;
    "column" numbers::column;
    "comm" compare::comm;
    "cp" cp::run;
    "csplit" csplit::run;
    "curl" net::curl::run;
    "cut" cut::run;
    "date" date::run;
    "dd" dd::run;
    "df" disk::df;
    "diff" diff::run;
    "dig" net::nslookup::dig;
    "dirname" dirname::run;
    "du" disk::du;
    "echo" builtin_like::echo;
    "egrep" grep::run;
    "env" env::run;
    "expand" fold::expand;
    "expr" expr::run;
    "factor" numbers::factor;
    "false" builtin_like::no;
    "fgrep" grep::run;
    "find" find::run;
    "fmt" fmt::run;
    "fold" fold::fold;
    "free" proc::free::free;
    "grep" grep::run;
    "groups" id::run;
    "gunzip" gzip::run;
    "gzip" gzip::run;
    "head" head::run;
    "hexdump" dump::hexdump;
    "hostname" identity::hostname;
    "httpd" net::httpd::run;
    "id" id::run;
    "ifconfig" net::ip::ifconfig;
    "install" misc::install;
    "ip" net::ip::run;
    "join" compare::join;
    "jq" jq::run;
    "kill" proc::pgrep::kill;
    "killall" proc::pgrep::killall;
    "less" misc::pager;
    "link" ln::plain;
    "ln" ln::run;
    "ls" ls::run;
    "lsns" proc::lsns::run;
    "man" misc::man;
    "mawk" awk::run;
    "md5sum" digest::run;
    "mkdir" mkdir::run;
    "mkfifo" mkfifo::run;
    "mknod" mkfifo::run;
    "mktemp" mktemp::run;
    "more" misc::pager;
    "mount" proc::mount::run;
    "mv" mv::run;
    "nano" misc::editor;
    "nc" net::nc::run;
    "netstat" net::ss::netstat;
    "nice" misc::nice;
    "nl" lines_tools::nl;
    "nohup" misc::nohup;
    "nproc" identity::nproc;
    "nsenter" proc::nsenter::run;
    "nslookup" net::nslookup::run;
    "numfmt" numbers::numfmt;
    "od" dump::od;
    "paste" paste::run;
    "pgrep" proc::pgrep::pgrep;
    "pidof" proc::pgrep::pidof;
    "ping" net::ping::run;
    "pkill" proc::pgrep::pkill;
    "printenv" printenv::run;
    "printf" builtin_like::printf;
    "ps" proc::ps::run;
    "pwd" builtin_like::pwd;
    "readlink" readlink::run;
    "realpath" readlink::run;
    "rev" lines_tools::rev;
    "rm" rm::run;
    "rmdir" rmdir::run;
    "sed" sed::run;
    "seq" seq::run;
    "sha1sum" digest::run;
    "sha256sum" digest::run;
    "shuf" misc::shuf;
    "sleep" sleep::run;
    "sort" sort::run;
    "split" disk::split;
    "ss" net::ss::ss;
    "stat" stat::run;
    "strings" strings::run;
    "sum" cksum::run;
    "sync" misc::sync;
    "tac" lines_tools::tac;
    "tail" tail::run;
    "tar" tar::run;
    "tee" tee::run;
    "telnet" net::nc::telnet;
    "test" builtin_like::test;
    "timeout" timeout::run;
    "top" proc::ps::top;
    "touch" touch::run;
    "tput" misc::tput;
    "tr" tr::run;
    "true" builtin_like::yes;
    "truncate" disk::truncate;
    "tsort" tsort::run;
    "tty" identity::tty;
    "uname" identity::uname;
    "unexpand" fold::unexpand;
    "uniq" uniq::run;
    "unlink" ln::plain;
    "uptime" proc::free::uptime;
    "vi" misc::editor;
    "vim" misc::editor;
    "watch" misc::watch;
    "wc" wc::run;
    "wget" net::wget::run;
    "which" which::run;
    "whoami" identity::whoami;
    "xargs" xargs::run;
    "xxd" dump::xxd;
    "yes" yes::run;
    "zcat" gzip::run;
}

/// The command called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}
