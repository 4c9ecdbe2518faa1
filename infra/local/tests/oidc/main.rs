//! The authorizer against providers that change their keys, are down, lie, and are slow; and against tokens that
//! somebody made up.

mod corpus;
mod documents;
mod outage;
mod rotation;
mod scripted;
mod signing;
