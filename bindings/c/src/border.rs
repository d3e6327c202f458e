//! What comes over the border is checked here, and here alone is it turned into Rust values: pointers, lengths,
//! text, structs that grow with the versions, and panics on their way out.

use crate::options::MOESAIC_ZERO_TERMINATED;
use crate::status::{moesaic_status, remember, Failure};
use std::ffi::{c_char, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::PathBuf;

/// Runs a call: a failure or a panic becomes its status, and the message that explains it.
pub fn guard(call: impl FnOnce() -> Result<(), Failure>) -> moesaic_status {
    // What a panic may leave half done is behind locks, whose poison is looked at there.
    let outcome = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        let message = format!("internal error: {message}; this is a defect of moesaic, please report it");
        Err(Failure::new(moesaic_status::MOESAIC_ERROR_INTERNAL, message))
    });
    match outcome {
        Ok(()) => moesaic_status::MOESAIC_OK,
        Err(failure) => {
            remember(failure.message);
            failure.status
        }
    }
}

fn check<T>(pointer: *const T, name: &str) -> Result<(), Failure> {
    if pointer.is_null() {
        Err(Failure::argument(format!("{name} is NULL")))
    } else if !pointer.is_aligned() {
        Err(Failure::argument(format!("{name} is not aligned to {} bytes", align_of::<T>())))
    } else {
        Ok(())
    }
}

/// What a handle stands for.
///
/// # Safety
/// `pointer` is NULL, or what it points to lives for `'a` and is only shared meanwhile.
pub unsafe fn handle<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    check(pointer, name)?;
    // SAFETY: not NULL, aligned, and the caller's promise for the rest.
    Ok(unsafe { &*pointer })
}

/// Values of an array; NULL with a count of 0 is an empty one.
///
/// # Safety
/// `pointer` is NULL or points to `count` values that nobody changes during `'a`.
pub unsafe fn array<'a, T>(pointer: *const T, count: usize, name: &str) -> Result<&'a [T], Failure> {
    if pointer.is_null() && count == 0 {
        return Ok(&[]);
    }
    check(pointer, name)?;
    if count.checked_mul(size_of::<T>()).is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(Failure::argument(format!("{name}: no memory holds {count} values")));
    }
    // SAFETY: not NULL, aligned, of a size that can be; the rest is the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// The bytes of a string that ends with a zero byte.
///
/// # Safety
/// `pointer` is NULL or points to such a string, which nobody changes during `'a`.
pub unsafe fn string<'a>(pointer: *const c_char, name: &str) -> Result<&'a CStr, Failure> {
    check(pointer, name)?;
    // SAFETY: not NULL, and the caller's promise.
    Ok(unsafe { CStr::from_ptr(pointer) })
}

/// UTF-8 text of `length` bytes, or up to a zero byte if the length is `MOESAIC_ZERO_TERMINATED`.
///
/// # Safety
/// `pointer` is NULL or points to that many bytes or to such a string; nobody changes them during `'a`.
pub unsafe fn text<'a>(pointer: *const c_char, length: usize, name: &str) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise.
    let bytes = match length {
        MOESAIC_ZERO_TERMINATED => unsafe { string(pointer, name) }?.to_bytes(),
        length => unsafe { array(pointer.cast::<u8>(), length, name) }?,
    };
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Failure::argument(format!("{name} is not UTF-8 text: an invalid byte at offset {at}"))
    })
}

/// A file's name, in bytes as the system takes them, that ends with a zero byte.
///
/// # Safety
/// As [`string`].
pub unsafe fn path(pointer: *const c_char) -> Result<PathBuf, Failure> {
    // SAFETY: the caller's promise.
    let path = unsafe { string(pointer, "path") }?;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Ok(std::ffi::OsStr::from_bytes(path.to_bytes()).into())
    }
    #[cfg(not(unix))]
    {
        let path = path.to_str().map_err(|_| Failure::argument("path is not UTF-8 text"))?;
        Ok(path.into())
    }
}

/// Copies a text and a zero byte behind it, as [`copy_out`].
///
/// # Safety
/// As [`copy_out`].
pub unsafe fn copy_out_text(
    text: &str,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Result<(), Failure> {
    let name = "the text with its zero byte";
    // SAFETY: the caller's promise; where the copy was made there is room for one more byte.
    unsafe {
        copy_out(text.as_bytes(), 1, buffer.cast::<u8>(), capacity, length, name)?;
        if !buffer.is_null() {
            buffer.add(text.len()).write(0);
        }
    }
    Ok(())
}

/// Writes a result.
///
/// # Safety
/// `pointer` is NULL or points to memory for a `T`.
pub unsafe fn write<T>(pointer: *mut T, value: T, name: &str) -> Result<(), Failure> {
    check(pointer, name)?;
    // SAFETY: not NULL, aligned, and the caller's promise.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Copies a result of any length: tells its `count`, and copies it if the buffer has room. No buffer at all (NULL
/// and a capacity of 0) only asks for the count. `extra` is how much more than the values the buffer must hold.
///
/// # Safety
/// `buffer` is NULL or memory for `capacity` values, `count` is NULL or memory for a number.
pub unsafe fn copy_out<T: Copy>(
    values: &[T],
    extra: usize,
    buffer: *mut T,
    capacity: usize,
    count: *mut usize,
    name: &str,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    unsafe { write(count, values.len(), &format!("the place for the count of {name}")) }?;
    if buffer.is_null() && capacity == 0 {
        return Ok(());
    }
    check(buffer, name)?;
    let needed = values.len() + extra;
    if capacity < needed {
        return Err(too_small(name, needed, capacity));
    }
    // SAFETY: the buffer has room for them; Rust's memory and the caller's do not overlap.
    unsafe { buffer.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
    Ok(())
}

/// The failure for a buffer that does not hold a result.
pub fn too_small(name: &str, needed: usize, capacity: usize) -> Failure {
    let message = format!("{name} takes {needed} values, and the buffer holds {capacity}");
    Failure::new(moesaic_status::MOESAIC_ERROR_BUFFER_TOO_SMALL, message)
}

/// A struct that may grow: programs that were compiled with an older or newer header have another size of it,
/// which they say in its first field.
///
/// # Safety
/// The type is `repr(C)`, its first field is `size: usize`, and any bytes that a C program may put into it are a
/// value of it.
pub unsafe trait Versioned: Copy {
    /// Its name in the header.
    const NAME: &'static str;
    /// Its size in the first version of the library that had it; none can be smaller.
    const FIRST_SIZE: usize;
    /// What the fields say that an older program does not have.
    fn defaults() -> Self;
}

/// More than any version will have: a field that was never set, rather than a size.
const LARGEST_STRUCT: usize = 4096;

fn check_size<T: Versioned>(size: usize) -> Result<(), Failure> {
    if size < T::FIRST_SIZE || size > LARGEST_STRUCT {
        return Err(Failure::argument(format!(
            "the size of {name} is said to be {size}, it is {now}: give sizeof({name})",
            name = T::NAME,
            now = size_of::<T>()
        )));
    }
    Ok(())
}

/// The caller's options; NULL stands for the defaults.
///
/// # Safety
/// `pointer` is NULL or points to a struct of as many bytes as its first field says.
pub unsafe fn read_versioned<T: Versioned>(pointer: *const T) -> Result<T, Failure> {
    let mut value = T::defaults();
    if pointer.is_null() {
        return Ok(value);
    }
    check(pointer, T::NAME)?;
    // SAFETY: not NULL, aligned, and its first field is the size.
    let size = unsafe { pointer.cast::<usize>().read() };
    check_size::<T>(size)?;
    let known = size.min(size_of::<T>());
    // SAFETY: the caller's struct has `size` bytes, ours at least `known`, and any bytes are a value of it.
    unsafe { (&raw mut value).cast::<u8>().copy_from_nonoverlapping(pointer.cast(), known) };
    // SAFETY: as above.
    let unknown = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known) };
    if unknown.iter().any(|&byte| byte != 0) {
        return Err(Failure::argument(format!(
            "{} asks for something that this version of the library does not know",
            T::NAME
        )));
    }
    Ok(value)
}

/// Fills in a struct of the caller's, of which the caller says how large it is. What this version does not know of
/// it becomes 0; its first field stays the caller's size.
///
/// # Safety
/// `pointer` is NULL or points to memory of `size` bytes.
pub unsafe fn write_versioned<T: Versioned>(pointer: *mut T, size: usize, value: T) -> Result<(), Failure> {
    check(pointer, T::NAME)?;
    check_size::<T>(size)?;
    let known = size.min(size_of::<T>());
    let target = pointer.cast::<u8>();
    // SAFETY: the caller's struct has `size` bytes, of which the first are the size.
    unsafe {
        target.copy_from_nonoverlapping((&raw const value).cast(), known);
        target.add(known).write_bytes(0, size - known);
        pointer.cast::<usize>().write(size);
    }
    Ok(())
}

/// Fills in a struct whose first field says how large it is.
///
/// # Safety
/// `pointer` is NULL or points to a struct of as many bytes as its first field says.
pub unsafe fn fill_versioned<T: Versioned>(pointer: *mut T, value: T) -> Result<(), Failure> {
    check(pointer, T::NAME)?;
    // SAFETY: not NULL, aligned, and its first field is the size.
    let size = unsafe { pointer.cast::<usize>().read() };
    // SAFETY: the caller's promise.
    unsafe { write_versioned(pointer, size, value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::moesaic_session_options;
    use crate::status::moesaic_last_error;

    fn last_error() -> String {
        // SAFETY: it holds until the next failure.
        unsafe { CStr::from_ptr(moesaic_last_error()) }.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_does_not_cross() {
        let status = guard(|| panic!("the {} failed", "test"));
        assert_eq!(status, moesaic_status::MOESAIC_ERROR_INTERNAL);
        assert!(
            last_error().contains("the test failed") && last_error().contains("report"),
            "{}",
            last_error()
        );
        assert_eq!(guard(|| Ok(())), moesaic_status::MOESAIC_OK);
    }

    #[test]
    fn a_newer_program_may_leave_what_we_do_not_know_at_zero() {
        #[repr(C)]
        struct Newer {
            known: moesaic_session_options,
            more: u64,
        }
        let mut newer = Newer { known: Versioned::defaults(), more: 0 };
        newer.known.size = size_of::<Newer>();
        newer.known.context = 7;
        let read =
            |newer: &Newer| unsafe { read_versioned((&raw const *newer).cast::<moesaic_session_options>()) };
        assert_eq!(read(&newer).unwrap().context, 7);
        newer.more = 1;
        assert_eq!(read(&newer).unwrap_err().status, moesaic_status::MOESAIC_ERROR_ARGUMENT);
        let defaults = moesaic_session_options::defaults();
        unsafe { write_versioned((&raw mut newer).cast(), size_of::<Newer>(), defaults) }.unwrap();
        assert_eq!((newer.known.size, newer.known.context, newer.more), (size_of::<Newer>(), 0, 0));
        for size in [0, 1, size_of::<usize>(), usize::MAX] {
            newer.known.size = size;
            assert_eq!(read(&newer).unwrap_err().status, moesaic_status::MOESAIC_ERROR_ARGUMENT);
        }
    }
}
