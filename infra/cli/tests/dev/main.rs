//! `rollcall` as its users meet it: processes, files, exit codes and a `kill -9`.

mod administration;
mod command_line;
mod crash;
mod dead_letters;
mod doctor;
mod exporting;
mod feed;
mod history;
mod import_users;
mod importing;
mod life;
mod limits;
mod moving;
mod parked;
mod providers;
mod replays;
mod rollcall;
mod rotation;
mod tracing;
mod under_load;
mod webhooks;
