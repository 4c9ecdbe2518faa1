mod export;
mod file;
mod filter;
mod import;
mod lines;
mod notation;
mod show;
mod store;

use std::{
    fmt,
    io::{self, IsTerminal as _},
};

pub(super) use store::open as store;

use crate::{Failure, arguments::Events};

/// So many items are read at a time. Without a limit, the embedded engine looks at the whole rest of the table
/// for each page.
const PAGE: Option<i32> = Some(1_000);

pub(crate) fn run(command: Events) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        Events::Show { user, data, tenant, json } => {
            runtime.block_on(show::run(&user, &data.folder, &tenant, json))
        }
        Events::Export(export) => runtime.block_on(export::run(&export)),
        Events::Import(import) => runtime.block_on(import::run(&import)),
    }
}

/// Tells whoever sits at a terminal how far it is.
fn progress(so_far: fmt::Arguments<'_>) {
    if io::stderr().is_terminal() {
        eprintln!("{so_far} …");
    }
}
