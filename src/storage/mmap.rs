//! The bytes of one file, memory-mapped or read into private memory. This is the only place outside
//! the kernels that uses `unsafe`. It must not know what the bytes mean.

use super::Access;
use crate::{Error, Result};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A file's bytes, mapped or read, with the path they came from.
///
/// A mapped source shows the file itself: its owner promised, by choosing [`Access::Map`], that nobody
/// truncates or rewrites the file while it is open. [`Access::Read`] needs no such promise.
pub struct Source {
    path: PathBuf,
    bytes: Bytes,
}

enum Bytes {
    Mapped(memmap2::Mmap),
    Private(Vec<u8>),
    Static(&'static [u8]),
}

impl Source {
    /// Maps or reads a regular file that is not empty.
    ///
    /// # Errors
    /// If the file cannot be opened, is empty, or is not a regular file (a folder, a pipe, a device);
    /// if there is no memory to read it into.
    pub fn open(path: &Path, access: Access) -> Result<Source> {
        let (file, length) = open_regular(path)?;
        let bytes = match access {
            Access::Map => Bytes::Mapped(map(path, &file, length)?),
            Access::Read => Bytes::Private(read(path, &file, length)?),
        };
        Ok(Source { path: path.to_path_buf(), bytes })
    }

    /// Bytes that are in memory already; `path` only serves to name them in errors.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Source {
        Source { path: path.into(), bytes: Bytes::Private(bytes) }
    }

    /// Bytes that live as long as the program, such as those of `include_bytes!`: they are used where they
    /// are. `path` only serves to name them in errors.
    pub fn from_static(path: impl Into<PathBuf>, bytes: &'static [u8]) -> Source {
        Source { path: path.into(), bytes: Bytes::Static(bytes) }
    }

    /// The file they came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says that these bytes will not be read again soon: a map gives their pages back, so that reading a
    /// large file once does not fill the memory of this process. They stay readable.
    pub(crate) fn release(&self, offset: usize, length: usize) {
        #[cfg(unix)]
        if let Bytes::Mapped(map) = &self.bytes {
            let end = offset.saturating_add(length).min(map.len());
            if offset < end {
                // SAFETY: the map is of a file, shared, and never written. A page that is given back comes
                // from the file again when it is read: under the contract of `Access::Map` that is the same
                // page. A refusal changes nothing.
                let _ = unsafe {
                    map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, end - offset)
                };
            }
        }
        #[cfg(not(unix))]
        let _ = (offset, length);
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Private(bytes) => bytes,
            Bytes::Static(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Source {
    // Not derived: that would print gigabytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Source")
            .field("path", &self.path)
            .field("mapped", &matches!(self.bytes, Bytes::Mapped(_)))
            .field("length", &self.bytes().len())
            .finish()
    }
}

/// Reads a small regular file, such as `config.json`, into private memory.
///
/// # Errors
/// As [`Source::open`], and if the file is longer than `limit` bytes.
pub(crate) fn read_small(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let (file, length) = open_regular(path)?;
    if length > limit {
        return Err(Error::Unsupported {
            path: path.to_path_buf(),
            what: format!(
                "{length} bytes are too many for a file of this kind, at most {limit} are read; \
                 is it the right file?"
            ),
        });
    }
    read(path, &file, length)
}

/// Opens a regular file that is not empty, and its length.
pub(crate) fn open_regular(path: &Path) -> Result<(File, usize)> {
    let failed = |source| Error::Io { path: path.to_path_buf(), source };
    // Asked before opening, because opening a pipe waits for its writer; and again after, because
    // the path may lead elsewhere by then.
    check_regular(path, &std::fs::metadata(path).map_err(failed)?)?;
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    check_regular(path, &metadata)?;
    match usize::try_from(metadata.len()) {
        Ok(0) => Err(Error::Malformed {
            path: path.to_path_buf(),
            offset: 0,
            what: "the file is empty; was its download, or what wrote it, interrupted?".into(),
        }),
        Ok(length) if isize::try_from(length).is_ok() => Ok((file, length)),
        _ => Err(Error::Unsupported {
            path: path.to_path_buf(),
            what: format!("{} bytes are more than this machine can address", metadata.len()),
        }),
    }
}

fn check_regular(path: &Path, metadata: &std::fs::Metadata) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let kind = if metadata.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
    Err(Error::Unsupported {
        path: path.to_path_buf(),
        what: format!("this is {kind}; only regular files are read"),
    })
}

fn map(path: &Path, file: &File, length: usize) -> Result<memmap2::Mmap> {
    // SAFETY: the file is a regular file, opened for reading, of at least `length` bytes, and the map
    // is never written. What no code can check is that no process
    // truncates or changes the file while it is mapped: reading a page past a new end kills the
    // process with SIGBUS, and changed bytes under a `&[u8]` are undefined behaviour. `Access::Map`
    // states that contract to the caller, who chooses `Access::Read` where it cannot be kept. All
    // parsing copies what it checked (names, shapes, ranges), so that bytes which change later can
    // garble numbers but move no bound.
    let map = unsafe { memmap2::MmapOptions::new().len(length).map(file) };
    let map = map.map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    // Weights are read from end to end all the time: an address for each 2 MiB instead of each 4 KiB is found faster.
    // Kernels whose file systems keep files in large pages (Linux 6.16 with ext4) then read the file in such. Others
    // refuse, which changes nothing.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Ok(map)
}

fn read(path: &Path, file: &File, length: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| Error::OutOfMemory {
        bytes: length,
        what: format!(
            "the contents of {}; mapping the file instead of reading it needs none",
            path.display()
        ),
    })?;
    // The limit keeps a file that grows meanwhile from growing the buffer.
    let result = file.take(length as u64).read_to_end(&mut bytes);
    let result = result.and_then(|_| match bytes.len() == length {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("the file shrank from {length} to {} bytes while it was read", bytes.len()),
        )),
    });
    match result {
        Ok(()) => Ok(bytes),
        Err(source) => Err(Error::Io { path: path.to_path_buf(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_and_read_bytes_are_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let contents: Vec<u8> = (0..10_000u32).map(|i| i as u8).collect();
        std::fs::write(&path, &contents).unwrap();
        for access in [Access::Map, Access::Read] {
            let source = Source::open(&path, access).unwrap();
            assert_eq!(source.bytes(), contents);
            assert_eq!(source.path(), path);
            assert!(format!("{source:?}").len() < 300 + path.as_os_str().len());
        }
    }

    #[test]
    fn released_bytes_stay_readable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let contents: Vec<u8> = (0..100_000u32).map(|i| (i * 7) as u8).collect();
        std::fs::write(&path, &contents).unwrap();
        for access in [Access::Map, Access::Read] {
            let source = Source::open(&path, access).unwrap();
            assert_eq!(source.bytes(), contents);
            for (offset, length) in
                [(0, 100_000), (5000, 10_000), (99_999, 10), (200_000, 1), (3, usize::MAX)]
            {
                source.release(offset, length);
                assert_eq!(source.bytes(), contents);
            }
        }
    }

    #[test]
    fn read_bytes_survive_truncation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![7; 100_000]).unwrap();
        let source = Source::open(&path, Access::Read).unwrap();
        std::fs::write(&path, b"").unwrap();
        assert!(source.bytes().iter().all(|&byte| byte == 7));
    }

    #[test]
    fn only_regular_files_with_contents_open() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, b"").unwrap();
        let absent = folder.path().join("absent");
        for access in [Access::Map, Access::Read] {
            let message = |path: &Path| Source::open(path, access).unwrap_err().to_string();
            assert!(message(folder.path()).contains("a folder"));
            assert!(message(&empty).contains("empty"));
            assert!(message(&absent).contains("No such file"));
            assert!(message(&absent).contains("absent"));
            #[cfg(unix)]
            assert!(message(Path::new("/dev/zero")).contains("a device"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_waiting_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            return; // no mkfifo on this machine
        }
        for access in [Access::Map, Access::Read] {
            let error = Source::open(&pipe, access).unwrap_err();
            assert!(error.to_string().contains("a pipe"), "{error}");
        }
    }

    #[test]
    fn small_files_have_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"12345").unwrap();
        assert_eq!(read_small(&path, 5).unwrap(), b"12345");
        let error = read_small(&path, 4).unwrap_err().to_string();
        assert!(error.contains("at most 4"), "{error}");
    }

    #[test]
    fn a_length_that_no_memory_holds_is_an_error() {
        // A sparse file takes no disk; its length is all of the address space of a process.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        let file = File::create(&path).unwrap();
        if file.set_len(1 << 47).is_err() {
            return; // the file system does not make files of that length
        }
        let error = Source::open(&path, Access::Read).unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }), "{error}");
    }
}
