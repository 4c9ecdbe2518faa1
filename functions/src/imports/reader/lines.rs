use super::super::MOST_BYTES_OF_A_ROW;

/// A line of a file.
pub(super) enum Line {
    Whole(Vec<u8>),
    /// More than a row may have. The rest was not kept.
    TooLong,
}

/// Cuts what arrives into lines, and leaves out blank ones.
#[derive(Default)]
pub(super) struct Lines {
    /// The last line, so far.
    open: Vec<u8>,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            // One byte more than is allowed tells that it is too long.
            let room = (MOST_BYTES_OF_A_ROW + 1).saturating_sub(self.open.len());
            self.open.extend_from_slice(&part[..part.len().min(room)]);
            if parts.peek().is_some() {
                lines.extend(self.finish());
            }
        }
        lines
    }

    /// The last line, if it is not blank.
    pub(super) fn finish(&mut self) -> Option<Line> {
        let line = std::mem::take(&mut self.open);
        if line.len() > MOST_BYTES_OF_A_ROW {
            return Some(Line::TooLong);
        }
        (!line.trim_ascii().is_empty()).then_some(Line::Whole(line))
    }
}
