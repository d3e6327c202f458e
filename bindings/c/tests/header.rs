//! `include/moesaic.h` is what cbindgen makes of the sources. Run with `MOESAIC_WRITE_HEADER=1` (`make header`) this
//! writes the file; otherwise it only compares.

use std::path::Path;

/// In the order of the header's sections.
const SOURCES: [&str; 6] = ["version.rs", "status.rs", "options.rs", "model.rs", "chat.rs", "session.rs"];

#[test]
fn the_header_is_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("cbindgen.toml");
    // Single files instead of the crate: cbindgen would ask cargo about that, and the result depend on its answer.
    let builder = SOURCES.iter().fold(cbindgen::Builder::new().with_config(config), |builder, source| {
        builder.with_src(folder.join("src").join(source))
    });
    let mut made = Vec::new();
    builder.generate().expect("cbindgen understands the sources").write(&mut made);
    let made = String::from_utf8(made).expect("UTF-8");
    let path = folder.join("../../include/moesaic.h");
    if std::env::var_os("MOESAIC_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).expect("the header can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == made, "include/moesaic.h is out of date: run `make header`");
}
