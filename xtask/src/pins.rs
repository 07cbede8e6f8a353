//! The versions of the tools, in one place.
//!
//! Rust's own is in rust-toolchain.toml, the npm packages' (esbuild, binaryen's wasm-opt, playwright-core) are in
//! web/package.json. `Trunk.toml` and `Cargo.toml` must repeat some of these; the test below keeps them equal.

/// wasm-bindgen-cli; must equal the crate `wasm-bindgen` to the last digit.
pub const WASM_BINDGEN: &str = "0.2.129";
/// The page's bundler.
pub const TRUNK: &str = "0.21.14";
/// The oldest Node.js that the build scripts and end-to-end tests run on.
pub const NODE_MAJOR: u32 = 20;
/// What the page is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> String {
        std::fs::read_to_string(crate::command::root().join(file)).expect(file)
    }

    #[test]
    fn other_files_repeat_the_same_versions() {
        assert!(read("Trunk.toml").contains(&format!("wasm_bindgen = \"{WASM_BINDGEN}\"")));
        assert!(read("Cargo.toml").contains(&format!("wasm-bindgen = \"={WASM_BINDGEN}\"")));
        assert!(read("rust-toolchain.toml").contains(WASM_TARGET));
        assert!(read("web/package.json").contains(&format!("\"node\": \">={NODE_MAJOR}\"")));
    }
}
