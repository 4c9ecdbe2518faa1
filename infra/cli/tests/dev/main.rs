//! `rollcall` as its users meet it: processes, files, exit codes and a `kill -9`.

mod administration;
mod command_line;
mod crash;
mod history;
mod exporting;
mod importing;
mod life;
mod moving;
mod rollcall;
