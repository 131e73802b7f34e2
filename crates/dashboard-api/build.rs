//! Rebuilds the crate when the built page changes.

fn main() {
    // Without the folder cargo would rebuild the crate every time; with it, the first build of the page is noticed.
    // A source tree that cannot be written to still compiles, as a page that says how to build it.
    let _ = std::fs::create_dir_all("web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist");
}
