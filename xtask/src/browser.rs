//! The Chromium and chromedriver that the tests use: any installed one.
use std::env;
use std::path::PathBuf;

use crate::Failure;
use crate::command::{command, find, output, run};

const CHROMIUMS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// Where browsers are that are not on PATH.
const ELSEWHERE: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const DRIVERS: &[&str] = &["chromedriver", "chromium.chromedriver"];

/// The browser: `CHROME`, or one on PATH.
pub fn chromium() -> Result<PathBuf, Failure> {
    let look = || {
        let named = CHROMIUMS.iter().find_map(|name| find(name));
        named.or_else(|| ELSEWHERE.iter().map(PathBuf::from).find(|file| file.is_file()))
    };
    need("CHROME", "Chromium", look)
}

/// Its WebDriver server: `CHROMEDRIVER`, or one on PATH.
pub fn driver() -> Result<PathBuf, Failure> {
    need("CHROMEDRIVER", "chromedriver", || DRIVERS.iter().find_map(|name| find(name)))
}

fn need(variable: &str, what: &str, look: impl Fn() -> Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(named) = env::var_os(variable).map(PathBuf::from) {
        return match named.is_file() {
            true => Ok(named),
            false => Err(format!("{variable} names {}, which is not there", named.display())),
        };
    }
    if let Some(place) = look() {
        crate::setup::found(what, &place);
        return Ok(place);
    }
    if may_install() {
        install()?;
        if let Some(place) = look() {
            return Ok(place);
        }
    }
    Err(format!(
        "{what} is missing; get it with `sudo apt-get install chromium chromium-driver` (Debian, Ubuntu) or name yours in {variable}"
    ))
}

/// In CI on Debian, as root, the browser may be installed; on a person's machine it is theirs to do.
fn may_install() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
        && find("apt-get").is_some()
        && output(command("id").arg("-u")).is_some_and(|user| user.trim() == "0")
}

fn install() -> Result<(), Failure> {
    println!("installing chromium, chromium-driver and fonts-noto-cjk with apt-get");
    let mut apt = command("apt-get");
    run(apt.env("DEBIAN_FRONTEND", "noninteractive").args(["update", "-qq"]))?;
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    run(apt.args(["install", "-y", "-qq", "--no-install-recommends", "chromium", "chromium-driver", "fonts-noto-cjk"]))
}
