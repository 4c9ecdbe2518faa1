//! The in-process host: plays API Gateway, the event source mappings of the stream and the queue, and
//! the schedule, for the same handlers that run on Lambda. Runs freely, or is stepped by a test,
//! delivery by delivery.

mod checkpoints;
mod functions;
mod gateway;
mod queue_mapping;
mod server;
mod stream_mapping;

pub use checkpoints::Checkpoints;
pub use functions::{Functions, Parts};
pub use gateway::gateway;
pub(crate) use gateway::request_id;
pub use queue_mapping::{QueueHandler, QueueMapping, QueueSettings, delivered_message};
pub use server::{ServerSettings, serve};
pub use stream_mapping::{
    Delivery, OnFailure, StreamHandler, StreamMapping, StreamSettings, delivered_record,
};
