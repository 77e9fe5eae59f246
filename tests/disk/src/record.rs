//! The log of operations: written by the layer, read by tests.

/// What was done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Bytes were written at an offset.
    Wrote(u64, Vec<u8>),
    /// The file was cut, or made longer, to a length.
    Cut(u64),
    /// The file was synced.
    Synced,
    /// The file was removed.
    Removed,
    /// The file got another name.
    Moved(String),
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The file's path.
    pub path: String,
    /// What was done to it.
    pub done: Done,
}

impl Operation {
    /// As bytes for the log.
    pub fn pack(&self) -> Vec<u8> {
        let (kind, number, body) = match &self.done {
            Done::Wrote(at, bytes) => (0, *at, bytes.as_slice()),
            Done::Cut(length) => (1, *length, [].as_slice()),
            Done::Synced => (2, 0, [].as_slice()),
            Done::Removed => (3, 0, [].as_slice()),
            Done::Moved(to) => (4, 0, to.as_bytes()),
        };
        let mut packed = vec![kind];
        packed.extend_from_slice(&(self.path.len() as u64).to_le_bytes());
        packed.extend_from_slice(&number.to_le_bytes());
        packed.extend_from_slice(&(body.len() as u64).to_le_bytes());
        packed.extend_from_slice(self.path.as_bytes());
        packed.extend_from_slice(body);
        packed
    }

    /// Reads all operations of a log. A last one that is not whole did not happen.
    pub fn unpack(mut log: &[u8]) -> Vec<Self> {
        let mut all = Vec::new();
        while let Some((operation, rest)) = Self::first(log) {
            all.push(operation);
            log = rest;
        }
        all
    }

    fn first(log: &[u8]) -> Option<(Self, &[u8])> {
        let (kind, rest) = log.split_first()?;
        let number = |at: usize| {
            let bytes = rest.get(at..at + 8)?.try_into().ok()?;
            Some(u64::from_le_bytes(bytes))
        };
        let (path, value, body) = (number(0)?, number(8)?, number(16)?);
        let rest = rest.get(24..)?;
        let (path, rest) = rest.split_at_checked(usize::try_from(path).ok()?)?;
        let (body, rest) = rest.split_at_checked(usize::try_from(body).ok()?)?;
        let done = match kind {
            0 => Done::Wrote(value, body.to_vec()),
            1 => Done::Cut(value),
            2 => Done::Synced,
            3 => Done::Removed,
            4 => Done::Moved(String::from_utf8_lossy(body).into_owned()),
            _ => return None,
        };
        let path = String::from_utf8_lossy(path).into_owned();
        Some((Self { path, done }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_read_back_and_half_of_one_did_not_happen() {
        let path = || "/x/directory.db".to_owned();
        let all = [
            Done::Wrote(7, b"abc".to_vec()),
            Done::Cut(9),
            Done::Synced,
            Done::Removed,
            Done::Moved("/x/other".into()),
        ]
        .map(|done| Operation { path: path(), done });
        let log: Vec<_> = all.iter().flat_map(Operation::pack).collect();
        assert_eq!(Operation::unpack(&log), all);
        assert_eq!(Operation::unpack(&log[..log.len() - 1]), all[..4]);
    }
}
