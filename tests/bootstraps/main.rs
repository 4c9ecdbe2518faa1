//! What is deployed, as it is deployed: each function's release `bootstrap` is a process of its own under
//! AWS's Lambda Runtime Interface Emulator, on a DynamoDB and an SQS that are not ours. The tests play what
//! stands around the functions: the HTTP API, the event source mappings, the schedule.
//!
//! `tests/bootstraps.sh` builds the functions, brings the servers, and runs what is ignored here.

mod emulator;
mod events;
mod failures;
mod gate;
mod journey;
mod reuse;
mod shapes;
mod stage;
mod time_limits;
