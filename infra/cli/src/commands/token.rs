use std::io::Write as _;

use chrono::TimeDelta;
use infra_aws::clock::Clock;
use infra_local::{
    issuer::{Issuer, TokenRequest},
    secrets::Secrets,
};

use crate::{Failure, arguments::Token};

/// Prints the token alone, so that it can be put into a variable.
pub(crate) fn run(arguments: &Token) -> Result<(), Failure> {
    let issuer = Issuer::new(&Secrets::in_folder(&arguments.data.folder)?.issuer_seed);
    let request = TokenRequest {
        tenant: arguments.tenant.clone(),
        subject: arguments.subject.clone(),
        roles: arguments.roles.clone(),
        lifetime: TimeDelta::hours(arguments.hours.into()),
    };
    writeln!(std::io::stdout(), "{}", issuer.issue(&request, Clock::system().now()))?;
    Ok(())
}
