//! The adapters between the functions and AWS: clients, the view store, the feed, the queues, mail, receivers of webhooks,
//! rate limits, the environment, the clock and the logs.

pub mod clients;
pub mod clock;
pub mod documents;
pub mod environment;
pub mod feed;
pub mod limits;
pub mod logs;
pub mod mail;
pub mod metrics;
pub mod queue;
pub mod receivers;
pub mod views;
