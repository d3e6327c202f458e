//! libmoesaic: the crate `moesaic` for C and C++.
//!
//! A thin layer: it checks what comes over the border (pointers, lengths, sizes, text), calls the crate, and turns
//! results into status codes. No panic crosses, no Rust type shows, and nothing is decided here that the crate
//! decides. The doc comments of what is public become `include/moesaic.h`, and are written for those who read that
//! (`make header`); cbindgen keeps the order of the files named in `tests/header.rs`.

// The names are those of the header.
#![allow(non_camel_case_types)]
// The contract of each function is the header's text; a second one in Rust's form would say the same again.
#![allow(clippy::missing_safety_doc)]
#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

mod border;
pub mod chat;
pub mod model;
pub mod options;
pub mod session;
pub mod status;
pub mod version;
