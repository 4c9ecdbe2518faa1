use std::collections::VecDeque;

use sha2::{Digest as _, Sha256};

/// The commands of a stream's last commits, oldest first, one short hash for each.
///
/// A commit has exactly one command, so a hash's place tells its commit. Eight bytes can collide: a hit is
/// a reason to look at the commit, and no more than that.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Window {
    hashes: VecDeque<u64>,
    last: u64,
}

impl Window {
    /// What a snapshot in commit `last + 1` knew of the commits before it.
    pub(crate) fn from_bytes(bytes: &[u8], last: u64) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks();
        let is_whole = rest.is_empty() && hashes.len() as u64 <= last;
        is_whole.then(|| Self { hashes: hashes.iter().copied().map(u64::from_be_bytes).collect(), last })
    }

    /// The newest hashes, at most so many.
    pub(crate) fn to_bytes(&self, most: usize) -> Vec<u8> {
        let skipped = self.hashes.len().saturating_sub(most);
        self.hashes.iter().skip(skipped).flat_map(|hash| hash.to_be_bytes()).collect()
    }

    /// The stream's next commit carried out this command.
    pub(crate) fn remember(&mut self, command_id: &str) {
        self.hashes.push_back(hash(command_id));
        self.last += 1;
    }

    /// Forgets all but the newest.
    pub(crate) fn keep(&mut self, most: usize) {
        self.hashes.drain(..self.hashes.len().saturating_sub(most));
    }

    /// The commits that may have carried out this command, newest first.
    pub(crate) fn commits_of(&self, command_id: &str) -> impl Iterator<Item = u64> + use<> {
        let wanted = hash(command_id);
        let commits = self.hashes.iter().rev().zip((1..=self.last).rev());
        let hits: Vec<_> = commits.filter(|(hash, _)| **hash == wanted).map(|(_, commit)| commit).collect();
        hits.into_iter()
    }
}

fn hash(command_id: &str) -> u64 {
    let digest = Sha256::digest(command_id.as_bytes());
    let (chunks, _) = digest.as_chunks();
    u64::from_be_bytes(chunks[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(commands: &[&str]) -> Window {
        let mut window = Window::default();
        commands.iter().for_each(|command| window.remember(command));
        window
    }

    #[test]
    fn a_command_is_found_at_its_commit() {
        let window = window(&["a", "b", "c"]);
        let found = |command| window.commits_of(command).collect::<Vec<_>>();
        assert_eq!([found("a"), found("b"), found("c"), found("d")], [vec![1], vec![2], vec![3], vec![]]);
    }

    #[test]
    fn the_oldest_commands_are_forgotten_and_the_others_stay_at_their_commits() {
        let mut window = window(&["a", "b", "c"]);
        window.keep(2);
        assert_eq!(window.commits_of("a").count(), 0);
        assert!(window.commits_of("b").eq([2]));
    }

    #[test]
    fn the_newest_commands_survive_their_bytes() {
        let bytes = window(&["a", "b", "c"]).to_bytes(2);
        assert_eq!(bytes.len(), 16);
        let revived = Window::from_bytes(&bytes, 3).unwrap();
        assert!(revived.commits_of("c").eq([3]));
        assert_eq!(revived.commits_of("a").count(), 0);
    }

    #[test]
    fn bytes_that_are_no_hashes_or_more_than_there_are_commits_are_refused() {
        assert_eq!(Window::from_bytes(&[0; 7], 9), None);
        assert_eq!(Window::from_bytes(&[0; 16], 1), None);
    }
}
