use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, Utc};
use infra_aws::{documents::Document, views::FRESH_FOR};
use projections::Generation;

use super::Replayer;
use crate::replays::{Job, Progress, Refused, State, desk::SWITCH_AFTER, job::NAMED, message::ReplayMessage};

impl Replayer {
    /// Takes a job to its next state, if what it waits for has come.
    pub(super) async fn go_on(&self, job: Document<Job>) -> Result<(), BoxError> {
        match job.content.state {
            State::Building | State::Verifying | State::Cancelling | State::Finishing => {
                self.end_phase(job).await
            }
            State::Promoting | State::RollingBack => self.switch(job).await,
            // Whoever verified it died before they could promote it.
            State::Verified if job.content.promote => {
                self.replays.promote(&job.content.id).await?;
                Ok(())
            }
            State::Verified
            | State::Mismatched
            | State::Promoted
            | State::RolledBack
            | State::Cancelled
            | State::Finished => Ok(()),
        }
    }

    async fn end_phase(&self, job: Document<Job>) -> Result<(), BoxError> {
        let progress = self.replays.progress(&job.content).await?;
        let phase = job.content.state.phase();
        let of_phase: Vec<_> = progress.into_iter().filter(|one| Some(one.phase) == phase).collect();
        let done = of_phase.iter().filter(|one| one.done).count();
        if done < usize::try_from(job.content.segments)? {
            return Ok(());
        }
        let (now, content) = (self.replays.now(), job.content.clone());
        let next = match content.state {
            State::Building => {
                let next = content.turned(State::Verifying, now);
                // Before the job says so: whoever is too early comes here, and takes it on.
                self.replays.send_segments(&next).await?;
                next
            }
            State::Verifying => verified(content, &of_phase, now),
            State::Cancelling => content.turned(State::Cancelled, now),
            State::Finishing => content.turned(State::Finished, now),
            State::Verified
            | State::Mismatched
            | State::Promoting
            | State::Promoted
            | State::RollingBack
            | State::RolledBack
            | State::Cancelled
            | State::Finished => return Ok(()),
        };
        let promote = next.state == State::Verified && next.promote;
        tracing::info!(replay = next.id, state = next.state.as_str(), "replay");
        let id = next.id.clone();
        match self.replays.replace(job, next).await {
            Ok(_) if promote => {
                self.replays.promote(&id).await?;
                Ok(())
            }
            Ok(_) | Err(Refused::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves the pointer, once every reader must have heard that it moves.
    async fn switch(&self, job: Document<Job>) -> Result<(), BoxError> {
        let (now, content) = (self.replays.now(), job.content.clone());
        let (to, state) = if content.state == State::Promoting {
            (content.generation(), State::Promoted)
        } else {
            (Generation(content.replaces), State::RolledBack)
        };
        let generations = self.replays.views.models().await?.of(&content.projection);
        if generations.live != to {
            let Some(announced_at) = content.announced_at.filter(|_| generations.switching) else {
                self.replays.announce(job).await?;
                return Ok(());
            };
            if now < announced_at + FRESH_FOR {
                let message = ReplayMessage { job: content.id, segment: None };
                return Ok(self.replays.queue.send_later(&message.to_body(), SWITCH_AFTER).await?);
            }
            self.replays.views.switch(&content.projection, generations).await?;
        }
        tracing::info!(replay = content.id, state = state.as_str(), "replay");
        match self.replays.replace(job, content.turned(state, now)).await {
            Ok(_) | Err(Refused::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn verified(job: Job, segments: &[Progress], now: DateTime<Utc>) -> Job {
    let mismatches = segments.iter().map(|one| one.counts.mismatches).sum();
    let mismatched = segments.iter().flat_map(|one| one.counts.mismatched.clone());
    let mismatched = mismatched.take(NAMED).collect();
    let state = if mismatches == 0 { State::Verified } else { State::Mismatched };
    Job { mismatches, mismatched, ..job }.turned(state, now)
}
