pub(crate) mod dev;
pub(crate) mod events;
mod give;
pub(crate) mod parked;
pub(crate) mod role;
pub(crate) mod settings;
pub(crate) mod token;
pub(crate) mod user;
mod watch;
