//! Webhooks: what happens to a tenant, sent to addresses that its owners name, as Standard Webhooks asks.
//!
//! The dispatcher, which meets every commit, sends one message for each event and each webhook that takes it to the queue
//! of deliveries ([`FanOut`]). The [`Courier`] takes them off it, reads the commit, and posts the event in CloudEvents'
//! notation, signed. What it became is in the table of webhooks for a week ([`DeliveryLog`]).
//!
//! | | |
//! |---|---|
//! | a 2xx | it has arrived |
//! | 410 Gone | the webhook is disabled |
//! | anything else, or nothing in ten seconds | it is tried again after 5 s, 30 s, 2 min, 10 min, 1 h, 3 h and 6 h |
//! | the eighth try failed | it is given up; if nothing has arrived since its first try, the webhook is disabled |
//!
//! An event is delivered at least once, in no promised order: a delivery has the same `webhook-id` each time, and the event
//! says its stream and its place in it. A webhook is sent what is committed from some seconds after its creation.
//!
//! A secret is stored nowhere. It is derived from a key of the deployment, the tenant, the webhook and the secret's number;
//! the webhook's stream says the number, and the name of the key.

mod api;
mod courier;
mod delivery;
mod fan_out;
mod log;
mod message;
mod registry;
mod secret;
mod signature;

pub use api::{Webhooks, commands};
pub use courier::Courier;
pub use delivery::Delivery;
pub use fan_out::{FanOut, NotFanned};
pub use log::{DeliveryLog, Try};

pub(crate) use api::operations;
pub(crate) use message::named;
