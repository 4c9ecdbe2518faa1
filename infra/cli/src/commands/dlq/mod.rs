mod letter;
mod list;
mod places;
mod redrive;
mod show;
mod task;
mod walk;

#[cfg(test)]
mod tests;

use crate::{Failure, arguments::Dlq};

pub(crate) fn run(command: Dlq) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Dlq::List(look) => Box::pin(list::run(&look)).await,
            Dlq::Show { id, look } => Box::pin(show::run(id.as_deref(), &look)).await,
            Dlq::Redrive(redrive) => Box::pin(redrive::run(&redrive)).await,
        }
    })
}
