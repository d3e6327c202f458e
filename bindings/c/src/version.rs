//! Which version of the library runs, and what it was built with.

use crate::border::{guard, text, write};
use crate::options::MOESAIC_ZERO_TERMINATED;
use crate::status::moesaic_status;
use moesaic::kernel::{Arithmetic, Compute, InstructionSet};
use std::ffi::{c_char, c_int};

/// The major version of this header.
pub const MOESAIC_VERSION_MAJOR: u32 = 0;
/// The minor version of this header.
pub const MOESAIC_VERSION_MINOR: u32 = 1;
/// The patch version of this header.
pub const MOESAIC_VERSION_PATCH: u32 = 0;
/// The version of this header as one number, which grows: major * 1000000 + minor * 1000 + patch.
pub const MOESAIC_VERSION_NUMBER: u32 = 1000;

// The constants are numbers so that the preprocessor can compare them; this holds them to the package's version.
const _: () = {
    const fn number(text: &str) -> u32 {
        let (mut value, mut i) = (0, 0);
        while i < text.len() {
            value = value * 10 + (text.as_bytes()[i] - b'0') as u32;
            i += 1;
        }
        value
    }
    assert!(MOESAIC_VERSION_MAJOR == number(env!("CARGO_PKG_VERSION_MAJOR")));
    assert!(MOESAIC_VERSION_MINOR == number(env!("CARGO_PKG_VERSION_MINOR")));
    assert!(MOESAIC_VERSION_PATCH == number(env!("CARGO_PKG_VERSION_PATCH")));
    let parts = MOESAIC_VERSION_MAJOR * 1_000_000 + MOESAIC_VERSION_MINOR * 1_000 + MOESAIC_VERSION_PATCH;
    assert!(MOESAIC_VERSION_NUMBER == parts);
};

/// The version of the library that runs, such as "0.1.0".
///
/// @return A string that always holds. Never NULL.
/// Threads: any.
#[no_mangle]
pub extern "C" fn moesaic_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The version of the library that runs, to compare with MOESAIC_VERSION_NUMBER, the one that was compiled against.
///
/// @return major * 1000000 + minor * 1000 + patch.
/// Threads: any.
#[no_mangle]
pub extern "C" fn moesaic_version_number() -> u32 {
    MOESAIC_VERSION_NUMBER
}

/// Whether the library that runs has a feature, and this machine what it takes.
///
/// @param name    "stories": the model in the box; "scalar", "avx2", "avx512", "amx": kernels that this CPU can run.
///                Other names are features of other versions: absent.
/// @param present Receives 1 if it is there, else 0. Not NULL.
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a name that is not UTF-8.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_has_feature(name: *const c_char, present: *mut c_int) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise: a string, and a place for a number, or NULL.
        let name = unsafe { text(name, MOESAIC_ZERO_TERMINATED, "name") }?;
        let set = InstructionSet::ALL.into_iter().find(|set| set.name() == name);
        let is_there = match set {
            // With one thread, which is this one, making it costs nothing.
            Some(set) => Compute::new(1, Some(set), Arithmetic::default()).is_ok(),
            None => name == "stories" && cfg!(feature = "stories"),
        };
        // SAFETY: as above.
        unsafe { write(present, c_int::from(is_there), "present") }
    })
}
