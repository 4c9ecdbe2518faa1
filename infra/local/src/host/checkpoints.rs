use std::{collections::BTreeMap, fs, io, path::PathBuf, sync::Mutex};

/// How far each reader of the stream has come. Kept in a file, or in memory where none is named.
///
/// The file is written after a batch was handled, so a crash repeats a batch and never skips one.
#[derive(Debug)]
pub struct Checkpoints {
    file: Option<PathBuf>,
    reached: Mutex<BTreeMap<String, String>>,
}

impl Checkpoints {
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn open(file: Option<PathBuf>) -> io::Result<Self> {
        let reached = match &file {
            Some(file) if file.exists() => serde_json::from_slice(&fs::read(file)?)?,
            Some(_) | None => BTreeMap::new(),
        };
        Ok(Self { file, reached: Mutex::new(reached) })
    }

    /// The sequence number of the last record that `reader` is done with.
    ///
    /// # Panics
    /// If a writer panicked.
    #[must_use]
    pub fn of(&self, reader: &str) -> Option<String> {
        self.reached.lock().expect("no writer panics").get(reader).cloned()
    }

    /// # Errors
    /// When the file cannot be written.
    ///
    /// # Panics
    /// If a writer panicked.
    pub fn reach(&self, reader: &str, sequence_number: &str) -> io::Result<()> {
        let mut reached = self.reached.lock().expect("no writer panics");
        reached.insert(reader.into(), sequence_number.into());
        let Some(file) = &self.file else { return Ok(()) };
        let part = file.with_extension("part");
        fs::write(&part, serde_json::to_vec_pretty(&*reached)?)?;
        fs::rename(part, file)
    }

    /// The lowest checkpoint, once every one of `readers` has one: nobody needs what is before it.
    ///
    /// # Panics
    /// If a writer panicked.
    #[must_use]
    pub fn lowest(&self, readers: &[&str]) -> Option<String> {
        let reached = self.reached.lock().expect("no writer panics");
        let all: Option<Vec<&String>> = readers.iter().map(|reader| reached.get(*reader)).collect();
        all?.into_iter().min_by_key(|number| (number.len(), (*number).clone())).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("checkpoints.json"));
        Checkpoints::open(file.clone()).unwrap().reach("projector", "12").unwrap();
        let reopened = Checkpoints::open(file).unwrap();
        assert_eq!(reopened.of("projector").as_deref(), Some("12"));
        assert_eq!(reopened.of("dispatcher"), None);
    }

    #[test]
    fn what_every_reader_has_passed_is_known_by_number() {
        let checkpoints = Checkpoints::open(None).unwrap();
        checkpoints.reach("projector", "100").unwrap();
        assert_eq!(checkpoints.lowest(&["projector", "dispatcher"]), None);
        checkpoints.reach("dispatcher", "99").unwrap();
        assert_eq!(checkpoints.lowest(&["projector", "dispatcher"]).as_deref(), Some("99"));
    }
}
