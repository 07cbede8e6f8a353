//! The page. Built for wasm32 only.
#[cfg(target_arch = "wasm32")]
mod ui;

fn main() {
    #[cfg(target_arch = "wasm32")]
    ui::start();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("this binary is the page; build it with `cargo xtask build`");
}
