//! The flags of `podground serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::access;
use super::world::Pace;

pub const USAGE: &str = "\
Serves the simulated cluster's API over HTTP, so that kubectl, k9s, Headlamp or a client library works against it

Usage:
  podground serve [flags]

Flags:
  --addr HOST:PORT                  where to listen (127.0.0.1:8001); port 0 takes any that is free
  --kubeconfig FILE                 writes a kubeconfig there; an existing file is replaced only if podground wrote it
  --speed N|on-demand               virtual seconds a second (1); 0 stands still; on-demand: only while a client waits
  --start TIME                      what the cluster's clock shows at the beginning (now), as 2026-01-31T12:00:00Z
  --token TOKEN                     what clients must know; made up where the address is not loopback
  --serve-unencrypted-to-the-network
                                    allows an address that is not loopback: whoever can read the traffic can read the token
  --seed N, --topology NAME|FILE    as for the other commands (1, reference)
";

const REMOTE: &str = "--serve-unencrypted-to-the-network";

/// What was asked for.
#[derive(Debug, PartialEq)]
pub struct Options {
    pub addr: SocketAddr,
    pub kubeconfig: Option<PathBuf>,
    pub pace: Pace,
    pub start: Option<i64>,
    pub token: Option<String>,
}

impl Options {
    pub fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options =
            Options { addr: SocketAddr::from(([127, 0, 0, 1], 8001)), kubeconfig: None, pace: Pace::Speed(1.0), start: None, token: None };
        let mut remote = false;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == REMOTE {
                remote = true;
                continue;
            }
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (argument.as_str(), None),
            };
            if !["--addr", "--kubeconfig", "--speed", "--start", "--token"].contains(&flag) {
                return Err(format!("serve does not take {argument:?}; see podground serve --help"));
            }
            let value = value.or_else(|| arguments.next().map(String::as_str)).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| format!("{flag} needs a value"))?;
            options.set(flag, value)?;
        }
        if !options.addr.ip().is_loopback() {
            if !remote {
                return Err(format!(
                    "{} is not loopback: others could reach the cluster, and read the traffic; {REMOTE} allows it",
                    options.addr
                ));
            }
            options.token.get_or_insert_with(access::new_token);
        }
        Ok(options)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<(), String> {
        match flag {
            "--addr" => {
                let text = value.replace("localhost:", "127.0.0.1:");
                self.addr =
                    text.parse().map_err(|_| format!("--addr takes an address and a port such as 127.0.0.1:8001, not {value:?}"))?;
            }
            "--kubeconfig" => self.kubeconfig = Some(value.into()),
            "--speed" => self.pace = pace(value).ok_or_else(|| format!("--speed takes a number from 0 or on-demand, not {value:?}"))?,
            "--start" => {
                let time: jiff::Timestamp =
                    value.parse().map_err(|_| format!("--start takes a time such as 2026-01-31T12:00:00Z, not {value:?}"))?;
                self.start = Some(time.as_second());
            }
            _ if value.len() < 16 => return Err("--token must have 16 characters at least".into()),
            _ if !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
                return Err("--token takes letters, digits, - and _ only".into());
            }
            _ => self.token = Some(value.to_owned()),
        }
        Ok(())
    }
}

/// `1.5`, `on-demand`.
pub fn pace(text: &str) -> Option<Pace> {
    if text == "on-demand" {
        return Some(Pace::OnDemand);
    }
    // Past a million the clock of a machine is no use any more.
    text.parse::<f64>().ok().filter(|speed| (0.0..=1e6).contains(speed)).map(Pace::Speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags_are_read() {
        let options = parse("--addr=[::1]:9 --speed 0.5 --kubeconfig k --start 1970-01-01T00:01:00Z").expect("good");
        assert_eq!((options.addr.to_string().as_str(), options.pace, options.start), ("[::1]:9", Pace::Speed(0.5), Some(60)));
        assert_eq!(options.token, None);
        assert_eq!(parse("--speed on-demand").expect("good").pace, Pace::OnDemand);
        for wrong in
            ["--speed -1", "--speed fast", "--speed inf", "--addr 8001", "--addr", "--token short", "--token a/b-c-d-e-f-g-h-i-j-k", "x"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_network_is_let_in_only_in_words_that_name_the_risk_and_with_a_token() {
        assert!(parse("--addr 0.0.0.0:8001").expect_err("refused").contains(REMOTE));
        assert!(parse(&format!("--addr 0.0.0.0:8001 {REMOTE}")).expect("allowed").token.expect("made up").len() >= 32);
    }
}
