//! A file that appears under its name when it is whole, and not before.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A file that gets its name when it is whole, and is removed if it never is.
#[derive(Debug)]
pub(crate) struct Partial<'a> {
    file: File,
    path: PathBuf,
    name: &'a Path,
}

impl Partial<'_> {
    /// An empty file beside the one of this name, in the same folder so that it can be renamed.
    pub fn create(name: &Path) -> io::Result<Partial<'_>> {
        let refuse = |what| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        let Some(file_name) = name.file_name() else {
            return refuse("this is not the name of a file");
        };
        if name.is_dir() {
            return refuse("this is a folder; give the name of a file");
        }
        // Threads may write the same name at once; what another process of this number left behind stays.
        let mut attempt = 0;
        loop {
            let mut file_name = file_name.to_os_string();
            file_name.push(format!(".{}.{attempt}.partial", std::process::id()));
            let path = name.with_file_name(file_name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Partial { file, path, name }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// The file to write to.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives it its name, in place of a file that has it.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, self.name)
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        // Gone already after `finish`; and there is nobody to tell of a failure.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_name_shows_whole_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("file");
        let (first, second) = (Partial::create(&name).unwrap(), Partial::create(&name).unwrap());
        first.file().write_all(b"first").unwrap();
        second.file().write_all(b"second").unwrap();
        assert!(!name.exists());
        first.finish().unwrap();
        assert_eq!(fs::read(&name).unwrap(), b"first");
        drop(second);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        for wrong in [folder.path(), Path::new("/"), Path::new("")] {
            assert_eq!(Partial::create(wrong).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }
}
