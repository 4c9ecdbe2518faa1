/// What the rows of a read model can be found and sorted by besides their ids. Each is an index of the view
/// store's table that costs a row nothing as long as its text stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Index {
    Name,
    Email,
    PendingEmail,
    CreatedAt,
}

impl Index {
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::PendingEmail, Self::CreatedAt];
}
