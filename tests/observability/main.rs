//! What operators see of the backend from outside: its logs and metrics, captured from whole journeys, and where
//! pieces of work stand in a trace.

mod logs;
mod metrics;
mod recording;
mod secrecy;
mod traces;
