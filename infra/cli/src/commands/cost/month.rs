//! What a month comes to.

use infra_local::costs::Counted;
use serde_json::{Value, json};

use super::{
    bill::{Bill, GIGABYTE, Priced, number},
    prices::Prices,
};
use crate::{Failure, arguments::Cost, show};

const MINUTES: f64 = 30.0 * 24.0 * 60.0;
/// Of steps and of replays.
const QUEUES: f64 = 2.0;

pub(super) struct Month {
    commands: Priced,
    queries: Priced,
    /// What is paid when nobody calls.
    idle: Priced,
    /// By how much the tables grow each month.
    gigabytes: f64,
    /// For a gigabyte and a month, with point-in-time recovery.
    storage_price: f64,
}

impl Month {
    pub(super) fn of(cost: &Cost, prices: &Prices, [command, query, watchdog]: [&Counted; 3]) -> Self {
        let commands = number(cost.commands_per_month);
        let bill = |one: &Counted, times: f64| Bill::of(one, &cost.assumed).times(times);
        let mut idle = bill(watchdog, MINUTES);
        idle.sqs_requests += QUEUES * f64::from(cost.assumed.idle_polls) * MINUTES;
        Self {
            commands: bill(command, commands).priced(prices),
            queries: bill(query, commands * cost.queries_per_command).priced(prices),
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
        self.commands.total() + self.queries.total() + self.idle.total() + self.storage(months)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "commands": self.commands.to_json(), "queries": self.queries.to_json(), "idle": self.idle.to_json(),
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
