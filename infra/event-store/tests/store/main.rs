//! The store on a real engine, with a bank account as the aggregate.

mod account;
mod bank;
mod claims;
mod commands;
mod commits;
mod costs;
mod engine;
mod faults;
mod format;
mod importing;
mod odd;
mod past;
mod previews;
mod properties;
mod races;
mod reading;
mod rosters;
mod scanning;
mod snapshots;
mod upcasting;
mod warm;
