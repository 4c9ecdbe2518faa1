pub(crate) mod dev;
pub(crate) mod events;
pub(crate) mod role;
pub(crate) mod token;
pub(crate) mod user;
