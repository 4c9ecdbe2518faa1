use domain::{
    Actor, Caller,
    user::{CreateUser, UserCommand},
};

use super::Importer;
use crate::{
    command_api::{NewUser, powers_of, values_of},
    commands::{Order, fingerprint},
    http::Problem,
    imports::{Job, Word, job::named_by, reader::Reading, verdict::Verdict},
};

impl Importer {
    /// Carries a row out, or tries it. Twice is as good as once.
    ///
    /// # Errors
    /// The world's failure; the row is tried again.
    pub(super) async fn judge_row(
        &self,
        job: &Job,
        row: u32,
        reading: &Reading,
        caller: &Caller,
    ) -> Result<Verdict, Problem> {
        match reading {
            Reading::Fault(fault) => Ok(Verdict::invalid(fault.clone())),
            Reading::User(user) => match self.create(job, row, user, caller).await {
                Ok(verdict) => Ok(Verdict::of(verdict)),
                Err(problem) => Verdict::refused(problem),
            },
        }
    }

    async fn create(&self, job: &Job, row: u32, user: &NewUser, caller: &Caller) -> Result<Word, Problem> {
        let (personal, roles) = values_of(user)?;
        let id = job.user(row);
        let roles = powers_of(&self.commands, &job.tenant, id, &user.roles, &roles).await?;
        let number = row.to_string();
        let said = serde_json::to_vec(user).unwrap_or_default();
        let order = Order {
            tenant: job.tenant.clone(),
            by: Actor::Caller(caller.clone()),
            command_id: named_by(&["import_row", &job.id, &number]),
            fingerprint: fingerprint(&[b"import_row", &said]),
            correlation_id: job.correlation_id.clone(),
            causation_id: Some(format!("import/{}/{number}", job.id)),
            trace: job.trace,
            expected_commit: None,
        };
        let command = UserCommand::Create(CreateUser { personal, roles });
        if job.asked.dry_run {
            self.commands.preview_user(id, order, command).await?;
            return Ok(Word::WouldBeCreated);
        }
        self.commands.user(id, order, command).await?;
        Ok(Word::Created)
    }

    /// The verdict on a row that was begun while its importer still might: it was carried out, or it will not be.
    ///
    /// # Errors
    /// The world's failure.
    pub(super) async fn look_at_row(
        &self,
        job: &Job,
        row: u32,
        reading: &Reading,
        refused: &Problem,
    ) -> Result<Verdict, Problem> {
        match reading {
            Reading::Fault(fault) => Ok(Verdict::invalid(fault.clone())),
            Reading::User(_) => {
                let user = self.commands.load_user(&job.tenant, job.user(row)).await?;
                if user.account().is_some() {
                    return Ok(Verdict::of(Word::Created));
                }
                Verdict::refused(refused.clone())
            }
        }
    }
}
