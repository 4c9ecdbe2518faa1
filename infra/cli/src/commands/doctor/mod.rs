mod alarms;
mod cloud;
mod finding;
mod flow;
mod functions;
mod local;
mod queues;
mod tables;

#[cfg(test)]
mod tests;

use infra_aws::clients;
use serde_json::{Value, json};

use self::finding::{Finding, Verdict};
use crate::{Failure, arguments::Doctor, aws::Signed, home::Addresses, show};

pub(crate) fn run(doctor: &Doctor) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let findings = runtime.block_on(async {
        match &doctor.stack {
            Some(stack) => {
                let config = Box::pin(clients::from_environment()).await;
                let aws = Signed::new(&config).await?;
                Ok::<_, Failure>(Box::pin(cloud::examine(&config, &aws, stack)).await)
            }
            None => {
                let addresses = Addresses::read(&doctor.data.folder)?;
                Ok(Box::pin(local::examine(&doctor.data.folder, &addresses)).await)
            }
        }
    })?;
    if doctor.json {
        show::json(&json!({ "checks": findings.iter().map(Finding::to_json).collect::<Vec<Value>>() }))?;
    } else {
        show::table(&["", "CHECK", "FINDING"], &findings.iter().map(Finding::row).collect::<Vec<_>>())?;
    }
    match findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count() {
        0 => Ok(()),
        1 => Err("1 check has failed".into()),
        failed => Err(format!("{failed} checks have failed").into()),
    }
}
