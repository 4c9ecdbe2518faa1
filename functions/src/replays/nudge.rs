use chrono::TimeDelta;

use super::{Refused, Replays, State, message::ReplayMessage};

/// Before the watchdog takes a segment or a switch for lost.
const SILENT_FOR: TimeDelta = TimeDelta::seconds(60);

impl Replays {
    /// Sends out again what went silent: a segment that nobody has worked on for a while, a switch that was not
    /// made. Answers how many messages that took. For the watchdog: messages are harmless when they come twice.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn nudge(&self) -> Result<usize, Refused> {
        let (mut messages, now) = (Vec::new(), self.now());
        for job in self.jobs().await? {
            let message = |segment| ReplayMessage { job: job.id.clone(), segment }.to_outgoing();
            let waits = job.state.is_switching() || (job.state == State::Verified && job.promote);
            if waits && job.announced_at.unwrap_or(job.since) + SILENT_FOR <= now {
                messages.push(message(None));
            }
            let Some(phase) = job.state.phase().filter(|_| job.since + SILENT_FOR <= now) else { continue };
            let progress = self.progress(&job).await?;
            let is_seen_to = |segment| {
                let mut of_segment = progress.iter().filter(|p| p.phase == phase && p.segment == segment);
                of_segment.any(|p| p.done || p.is_taken(now) || p.updated_at + SILENT_FOR > now)
            };
            let silent: Vec<u32> = (0..job.segments).filter(|segment| !is_seen_to(*segment)).collect();
            // All are done, and whoever did the last one died before the job could go on.
            let next = if silent.is_empty() && progress.iter().all(|p| p.phase != phase || p.done) {
                vec![message(None)]
            } else {
                silent.into_iter().map(|segment| message(Some(segment))).collect()
            };
            messages.extend(next);
        }
        self.queue.send(&messages).await?;
        Ok(messages.len())
    }
}
