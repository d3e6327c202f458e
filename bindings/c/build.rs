//! Gives the shared library the name by which programs ask for it when they start.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let (major, minor) = (set("CARGO_PKG_VERSION_MAJOR"), set("CARGO_PKG_VERSION_MINOR"));
    // Before version 1 every minor version may break programs, afterwards only a major one.
    let version = if major == "0" { format!("0.{minor}") } else { major };
    match set("CARGO_CFG_TARGET_OS").as_str() {
        "linux" => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmoesaic.so.{version}"),
        "macos" => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libmoesaic.{version}.dylib")
        }
        _ => {}
    }
}
