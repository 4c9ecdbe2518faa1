use std::{
    fs::{File, OpenOptions, rename},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::home;

/// So long a file of logs becomes; with the one before, twice as much is kept.
const LONGEST: u64 = 64 * 1024 * 1024;

/// A file of lines that begins anew when it is full; the one before is kept beside it.
pub(super) struct Log {
    old: PathBuf,
    path: PathBuf,
    file: File,
    written: u64,
    longest: u64,
}

impl Log {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let [old, path] = home::logs(folder);
        let file = append_to(&path)?;
        Ok(Self { old, path, written: file.metadata()?.len(), file, longest: LONGEST })
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

impl Write for Log {
    /// Takes whole lines.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.written > self.longest {
            rename(&self.path, &self.old)?;
            (self.file, self.written) = (append_to(&self.path)?, 0);
        }
        self.file.write_all(line)?;
        self.written += line.len() as u64;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::read_to_string;

    use super::*;

    #[test]
    fn a_full_file_makes_room_and_the_one_before_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log { longest: 5, ..Log::open(folder.path()).unwrap() };
        for line in ["one\n", "two\n", "three\n", "four\n", "five\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let [old, now] = home::logs(folder.path()).map(|file| read_to_string(file).unwrap());
        assert_eq!((old.as_str(), now.as_str()), ("three\n", "four\nfive\n"));
    }
}
