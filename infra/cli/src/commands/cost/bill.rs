//! From what was counted to what is paid.

use infra_local::costs::{Counted, Kind};
use serde_json::{Value, json};

use super::prices::Prices;
use crate::arguments::Assumed;

const MILLION: f64 = 1e6;
/// As AWS bills logs and storage.
pub(super) const GIGABYTE: f64 = 1_073_741_824.0;

/// What is billed, by AWS's units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bill {
    pub api_requests: f64,
    pub invocations: f64,
    pub gigabyte_seconds: f64,
    pub write_units: f64,
    pub read_units: f64,
    pub sqs_requests: f64,
    pub log_bytes: f64,
    pub mails: f64,
}

/// Dollars, or another currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Priced {
    pub api: f64,
    pub lambda: f64,
    pub writes: f64,
    pub reads: f64,
    pub sqs: f64,
    pub logs: f64,
    pub mails: f64,
}

impl Bill {
    /// Of one. What is delivered in batches has a part in the batch's invocation.
    pub(super) fn of(one: &Counted, assumed: &Assumed) -> Self {
        let (total, batch) = (one.total(), f64::from(assumed.batch));
        let deliveries = number(one.records) / batch;
        let taken = number(one.messages) / batch;
        let watched = if one.kind == Kind::Watch { 1.0 } else { 0.0 };
        let api = number(one.api_requests);
        // The projector and the dispatcher each get every commit.
        let invocations = api + 2.0 * deliveries + taken + watched;
        let milliseconds = (api + watched) * f64::from(assumed.api_ms)
            + 2.0 * deliveries * f64::from(assumed.stream_ms)
            + taken * f64::from(assumed.worker_ms);
        Self {
            api_requests: api,
            invocations,
            gigabyte_seconds: milliseconds / 1_000.0 * f64::from(assumed.memory_mb) / 1_024.0,
            write_units: total.write_units,
            read_units: total.read_units,
            // Lambda receives and deletes in batches.
            sqs_requests: number(total.sqs_requests) + 2.0 * taken,
            log_bytes: invocations * f64::from(assumed.log_bytes),
            mails: number(one.mails),
        }
    }

    pub(super) fn times(self, factor: f64) -> Self {
        Self {
            api_requests: self.api_requests * factor,
            invocations: self.invocations * factor,
            gigabyte_seconds: self.gigabyte_seconds * factor,
            write_units: self.write_units * factor,
            read_units: self.read_units * factor,
            sqs_requests: self.sqs_requests * factor,
            log_bytes: self.log_bytes * factor,
            mails: self.mails * factor,
        }
    }

    pub(super) fn priced(self, prices: &Prices) -> Priced {
        Priced {
            api: self.api_requests / MILLION * prices.http_api_million_requests,
            lambda: self.invocations / MILLION * prices.lambda_million_invocations
                + self.gigabyte_seconds * prices.lambda_gigabyte_second,
            writes: self.write_units / MILLION * prices.dynamodb_million_write_units,
            reads: self.read_units / MILLION * prices.dynamodb_million_read_units,
            sqs: self.sqs_requests / MILLION * prices.sqs_million_requests,
            logs: self.log_bytes / GIGABYTE * prices.logs_gigabyte,
            mails: self.mails / 1_000.0 * prices.ses_thousand_mails,
        }
    }
}

impl Priced {
    pub(super) fn total(&self) -> f64 {
        self.api + self.lambda + self.writes + self.reads + self.sqs + self.logs + self.mails
    }

    pub(super) fn to_json(self) -> Value {
        let Self { api, lambda, writes, reads, sqs, logs, mails } = self;
        json!({ "api": api, "lambda": lambda, "writes": writes, "reads": reads, "sqs": sqs, "logs": logs,
                "mails": mails, "total": self.total() })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

pub(super) fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use infra_local::costs::{At, Stored, Usage};

    use super::*;

    const ASSUMED: Assumed = Assumed {
        memory_mb: 256,
        api_ms: 20,
        stream_ms: 40,
        worker_ms: 100,
        batch: 10,
        log_bytes: 500,
        idle_polls: 15,
    };

    fn command() -> Counted {
        let used = Usage { dynamodb_requests: 2, write_units: 1.0, read_units: 1.0, sqs_requests: 0 };
        let views = Usage { dynamodb_requests: 2, write_units: 1.5, read_units: 0.0, sqs_requests: 0 };
        Counted {
            name: "x",
            kind: Kind::Command,
            used: [(At::CommandApi, used), (At::Projector, views)].into(),
            api_requests: 1,
            records: 1,
            messages: 0,
            mails: 0,
            stored: Stored { events: 700, views: 0 },
        }
    }

    #[test]
    fn a_million_commands_cost_what_is_reckoned_by_hand() {
        let priced = Bill::of(&command(), &ASSUMED).times(MILLION).priced(&Prices::read(None).unwrap());
        let close =
            |value: f64, expected: f64| assert!((value - expected).abs() < 0.005, "{value} {expected}");
        close(priced.api, 1.0);
        // A million at 20 ms, and two functions with 100,000 deliveries of 40 ms each.
        close(priced.lambda, 0.24 + (20_000.0 + 8_000.0) / 4.0 * 0.000_013_333_4);
        close(priced.writes, 2.5 * 0.625);
        close(priced.reads, 0.125);
        close(priced.total(), priced.api + priced.lambda + priced.writes + priced.reads + priced.logs);
    }

    #[test]
    fn a_message_is_sent_received_and_deleted() {
        let mut one = command();
        one.messages = 1;
        one.used.insert(At::Dispatcher, Usage { sqs_requests: 1, ..Usage::default() });
        let single = Bill::of(&one, &Assumed { batch: 1, ..ASSUMED });
        assert_eq!((single.sqs_requests, single.invocations), (3.0, 4.0));
        assert_eq!(Bill::of(&one, &ASSUMED).sqs_requests, 1.2);
    }
}
