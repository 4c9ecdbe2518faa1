//! What a month comes to.

use infra_local::costs::Counted;
use serde_json::{Value, json};

use super::{
    bill::{Bill, GIGABYTE, Priced, number},
    prices::Prices,
};
use crate::{Failure, arguments::Cost, show};

const MINUTES: f64 = 30.0 * 24.0 * 60.0;
/// Of steps, of replays, of imports, of deliveries.
const QUEUES: f64 = 4.0;

/// What a month is made of.
pub(super) struct Load<'a> {
    pub command: &'a Counted,
    pub query: &'a Counted,
    /// A round of the watchdog.
    pub idle: &'a Counted,
    /// What the limiter adds to a request.
    pub limit: &'a Counted,
}

pub(super) struct Month {
    commands: Priced,
    queries: Priced,
    /// One for each command and each query, if no client is ever busy. Clicks in mails are not counted.
    limits: Priced,
    /// What is paid when nobody calls.
    idle: Priced,
    /// By how much the tables grow each month.
    gigabytes: f64,
    /// For a gigabyte and a month, with point-in-time recovery.
    storage_price: f64,
}

impl Month {
    pub(super) fn of(cost: &Cost, prices: &Prices, load: &Load<'_>) -> Self {
        let Load { command, query, idle, limit } = *load;
        let commands = number(cost.commands_per_month);
        let bill = |one: &Counted, times: f64| Bill::of(one, &cost.assumed).times(times);
        let queries = commands * cost.queries_per_command;
        let mut idle = bill(idle, MINUTES);
        idle.sqs_requests += QUEUES * f64::from(cost.assumed.idle_polls) * MINUTES;
        Self {
            commands: bill(command, commands).priced(prices),
            queries: bill(query, queries).priced(prices),
            limits: bill(limit, commands + queries).priced(prices),
            idle: idle.priced(prices),
            gigabytes: commands * number(command.stored.events + command.stored.views) / GIGABYTE,
            storage_price: prices.dynamodb_gigabyte_month + prices.dynamodb_recovery_gigabyte_month,
        }
    }

    /// For what is there after so many months.
    fn storage(&self, months: f64) -> f64 {
        self.gigabytes * months * self.storage_price
    }

    fn total(&self, months: f64) -> f64 {
        self.commands.total()
            + self.queries.total()
            + self.limits.total()
            + self.idle.total()
            + self.storage(months)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "commands": self.commands.to_json(), "queries": self.queries.to_json(),
            "limits": self.limits.to_json(), "idle": self.idle.to_json(),
            "gigabytesMore": self.gigabytes, "storageAfterOneMonth": self.storage(1.0),
            "storageAfterTwelveMonths": self.storage(12.0), "totalAfterOneMonth": self.total(1.0),
            "totalAfterTwelveMonths": self.total(12.0),
        })
    }

    pub(super) fn show(&self, cost: &Cost) -> Result<(), Failure> {
        let (commands, of_each) = (cost.commands_per_month, cost.queries_per_command);
        let row = |what: String, price: f64| vec![what, format!("{price:.2}")];
        let grown = format!("storage with recovery, {:.3} GB more each month: the first", self.gigabytes);
        let rows = [
            row(format!("{commands} × {}", cost.command), self.commands.total()),
            row(format!("{of_each} × as many {}", cost.query), self.queries.total()),
            row("limits, if no client is busy".into(), self.limits.total()),
            row("watchdog and empty queues".into(), self.idle.total()),
            row(grown, self.storage(1.0)),
            row("… the twelfth".into(), self.storage(12.0)),
            row("total, the first month".into(), self.total(1.0)),
            row("total, the twelfth month".into(), self.total(12.0)),
        ];
        show::line("")?;
        show::table(&["A MONTH", "PRICE"], &rows)
    }
}
