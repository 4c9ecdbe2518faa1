use std::io::Write as _;

use chrono::TimeDelta;
use infra_aws::clock::Clock;
use infra_local::issuer::TokenRequest;

use crate::{Failure, arguments::Token, home};

/// Prints the token alone, so that it can be put into a variable.
pub(crate) fn run(arguments: &Token) -> Result<(), Failure> {
    let issuer = home::issuer(&arguments.data.folder)?;
    let request = TokenRequest {
        tenant: arguments.tenant.clone(),
        subject: arguments.subject.clone(),
        roles: arguments.roles.clone(),
        lifetime: TimeDelta::hours(arguments.hours.into()),
    };
    writeln!(std::io::stdout(), "{}", issuer.issue(&request, Clock::system().now()))?;
    Ok(())
}
