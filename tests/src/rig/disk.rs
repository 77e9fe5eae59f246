//! A disk under a program: what it was told to keep, in order, and what it holds when its power
//! goes at any moment of that.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use farpane_test_disk::record::{Done, Operation};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::process::programs;

/// What a disk keeps or loses in one piece, in bytes.
const SECTOR: usize = 512;

/// Records what programs do to the files of one folder.
#[derive(Clone, Debug)]
pub struct Recorder {
    folder: PathBuf,
    log: PathBuf,
    full: PathBuf,
}

impl Recorder {
    /// For a data folder; the log lies beside it.
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            log: folder.with_extension("disk-log"),
            full: folder.with_extension("disk-full"),
        }
    }

    /// Puts the layer under a program.
    pub fn under(&self, command: &mut Command) {
        let layer = programs().join("deps").join("libfarpane_test_disk.so");
        assert!(layer.exists(), "{} is not built", layer.display());
        command
            .env("LD_PRELOAD", layer)
            .env("FARPANE_DISK_WATCH", &self.folder)
            .env("FARPANE_DISK_LOG", &self.log)
            .env("FARPANE_DISK_FULL", &self.full);
    }

    /// From now on no file of the folder grows, or they do again.
    pub fn set_full(&self, full: bool) -> Result<()> {
        if full {
            fs::write(&self.full, "")?;
        } else {
            fs::remove_file(&self.full)?;
        }
        Ok(())
    }

    /// How far the log has come, in bytes: everything before it was done.
    pub fn length(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |log| log.len())
    }

    /// What was done until the log had this length.
    pub fn operations(&self, length: u64) -> Result<Vec<Operation>> {
        let mut log = fs::read(&self.log)?;
        log.truncate(usize::try_from(length)?);
        Ok(Operation::unpack(&log))
    }
}

/// What becomes of bytes that were written and never synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// They are lost.
    Lost,
    /// Any of their sectors may have reached the disk, by this seed.
    Torn(u64),
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Done>,
}

fn write(content: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let at = usize::try_from(at).expect("files of a test are small");
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

impl File {
    fn apply(&mut self, done: &Done) {
        match done {
            Done::Wrote(at, bytes) => write(&mut self.durable, *at, bytes),
            Done::Cut(length) => {
                let length = usize::try_from(*length).expect("files of a test are small");
                self.durable.resize(length, 0);
            }
            Done::Synced | Done::Removed | Done::Moved(_) => {}
        }
    }

    fn sync(&mut self) {
        for done in std::mem::take(&mut self.pending) {
            self.apply(&done);
        }
    }

    /// Lets some of what was not synced reach the disk.
    fn tear(&mut self, dice: &mut StdRng) {
        for done in std::mem::take(&mut self.pending) {
            match &done {
                Done::Wrote(at, bytes) => {
                    for (n, sector) in bytes.chunks(SECTOR).enumerate() {
                        if dice.random_bool(0.5) {
                            write(&mut self.durable, at + (n * SECTOR) as u64, sector);
                        }
                    }
                }
                Done::Cut(_) if dice.random_bool(0.5) => self.apply(&done),
                Done::Cut(_) | Done::Synced | Done::Removed | Done::Moved(_) => {}
            }
        }
    }
}

/// Makes the image of a folder whose disk lost its power after these operations. `base` is what
/// it held before them.
pub fn image(
    base: &Path,
    folder: &Path,
    operations: &[Operation],
    unsynced: Unsynced,
    into: &Path,
) -> Result<()> {
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for entry in fs::read_dir(base)? {
        let entry = entry?;
        let file = File {
            durable: fs::read(entry.path())?,
            pending: Vec::new(),
        };
        files.insert(entry.file_name().to_string_lossy().into_owned(), file);
    }
    let name = |path: &str| {
        let inside = Path::new(path).strip_prefix(folder).ok();
        inside.map(|name| name.to_string_lossy().into_owned())
    };
    for Operation { path, done } in operations {
        let Some(file) = name(path) else {
            continue;
        };
        match done {
            Done::Wrote(..) | Done::Cut(_) => {
                files.entry(file).or_default().pending.push(done.clone());
            }
            // The folder itself is synced too; names count as kept when they were made.
            Done::Synced => {
                if let Some(file) = files.get_mut(&file) {
                    file.sync();
                }
            }
            Done::Removed => drop(files.remove(&file)),
            Done::Moved(to) => {
                if let (Some(moved), Some(to)) = (files.remove(&file), name(to)) {
                    files.insert(to, moved);
                }
            }
        }
    }
    fs::create_dir_all(into)?;
    for (name, mut file) in files {
        match unsynced {
            Unsynced::Lost => {}
            Unsynced::Torn(seed) => file.tear(&mut StdRng::seed_from_u64(seed)),
        }
        let path = into.join(&name);
        fs::write(&path, &file.durable)?;
        // Key files are refused where others may read them.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, private)?;
    }
    Ok(())
}
