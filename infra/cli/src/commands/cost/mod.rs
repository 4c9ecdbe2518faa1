mod bill;
mod month;
mod prices;

use infra_local::costs::{self, Counted, Kind};
use serde_json::{Value, json};

use self::{
    bill::Bill,
    month::{Load, Month},
    prices::{BUILT_IN, Prices},
};
use crate::{
    Failure,
    arguments::Cost,
    show::{self, Columns},
};

const UNITS: &Columns = &[
    ("", "name"),
    ("API", "apiRequests"),
    ("WRITE UNITS", "writeUnits"),
    ("READ UNITS", "readUnits"),
    ("DYNAMODB", "dynamodbRequests"),
    ("COMMITS", "records"),
    ("MESSAGES", "messages"),
    ("INVOCATIONS", "invocations"),
    ("SQS", "sqsRequests"),
    ("MAILS", "mails"),
    ("BYTES", "bytes"),
];
const DOLLARS: &Columns = &[
    ("A MILLION OF", "name"),
    ("API", "api"),
    ("LAMBDA", "lambda"),
    ("WRITES", "writes"),
    ("READS", "reads"),
    ("SQS", "sqs"),
    ("LOGS", "logs"),
    ("MAILS", "mails"),
    ("TOTAL", "total"),
];

pub(crate) fn run(cost: &Cost) -> Result<(), Failure> {
    if cost.show_prices {
        return show::line(BUILT_IN.trim_end());
    }
    let prices = Prices::read(cost.prices.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let counted = runtime.block_on(Box::pin(costs::count()))?;
    let command = named(&counted, &cost.command, Kind::Command)?;
    let query = named(&counted, &cost.query, Kind::Query)?;
    let idle = of_kind(&counted, Kind::Watch).next().ok_or("the watchdog was not counted")?;
    let limit = of_kind(&counted, Kind::Limit).next().ok_or("the limiter was not counted")?;
    let month = Month::of(cost, &prices, &Load { command, query, idle, limit });
    if cost.json {
        let per_million: Vec<Value> = counted.iter().map(|one| million(one, cost, &prices)).collect();
        return show::json(&json!({
            "prices": prices, "counted": counted, "perMillion": per_million, "perMonth": month.to_json(),
        }));
    }
    let units: Vec<Value> = counted.iter().map(|one| units(one, cost)).collect();
    show::line("Counted, of one, with everything that follows from it:\n")?;
    show::fields(UNITS, &units)?;
    let Prices { region, as_of, currency, .. } = &prices;
    show::line(&format!("\nIn {currency}, at the list prices of {region} of {as_of}:\n"))?;
    let of_load = |one: &&Counted| one.kind != Kind::Watch;
    let dollars: Vec<Value> =
        counted.iter().filter(of_load).map(|one| rounded(million(one, cost, &prices))).collect();
    show::fields(DOLLARS, &dollars)?;
    month.show(cost)?;
    assumed(cost)
}

fn named<'a>(counted: &'a [Counted], name: &str, kind: Kind) -> Result<&'a Counted, Failure> {
    of_kind(counted, kind).find(|one| one.name == name).ok_or_else(|| {
        let names: Vec<&str> = of_kind(counted, kind).map(|one| one.name).collect();
        format!("{name:?} is not counted; choose one of {}", names.join(", ")).into()
    })
}

fn of_kind(counted: &[Counted], kind: Kind) -> impl Iterator<Item = &Counted> {
    counted.iter().filter(move |one| one.kind == kind)
}

fn units(one: &Counted, cost: &Cost) -> Value {
    let total = one.total();
    let bill = Bill::of(one, &cost.assumed);
    json!({
        "name": one.name, "apiRequests": one.api_requests, "writeUnits": total.write_units,
        "readUnits": total.read_units, "dynamodbRequests": total.dynamodb_requests, "records": one.records,
        "messages": one.messages, "invocations": bill::rounded(bill.invocations, 2),
        "sqsRequests": bill::rounded(bill.sqs_requests, 2), "mails": one.mails,
        "bytes": one.stored.events + one.stored.views,
    })
}

fn million(one: &Counted, cost: &Cost, prices: &Prices) -> Value {
    let mut bill = Bill::of(one, &cost.assumed).times(1e6).priced(prices).to_json();
    bill["name"] = one.name.into();
    bill
}

/// Cents, for people.
fn rounded(mut bill: Value) -> Value {
    for (_, value) in bill.as_object_mut().into_iter().flatten() {
        if let Some(dollars) = value.as_f64() {
            *value = format!("{dollars:.2}").into();
        }
    }
    bill
}

fn assumed(cost: &Cost) -> Result<(), Failure> {
    let assumed = &cost.assumed;
    show::line(&format!(
        "\nAssumed: {} MB; {} ms for the API, {} ms for projector and dispatcher, {} ms for the worker; {} records \
         or messages delivered together; {} bytes logged by each invocation. Left out: what indexes store, \
         alarms and metrics, KMS, data transfer, and whatever is free. A client that is not busy costs the limiter \
         a write for each request, beside what the request itself costs; a busy one far less.",
        assumed.memory_mb,
        assumed.api_ms,
        assumed.stream_ms,
        assumed.worker_ms,
        assumed.batch,
        assumed.log_bytes
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_counted_is_answered_with_those_that_are() {
        let failure = named(&[], "fly", Kind::Query).unwrap_err().to_string();
        assert_eq!(failure, "\"fly\" is not counted; choose one of ");
    }

    #[test]
    fn people_are_told_cents() {
        assert_eq!(rounded(json!({ "name": "x", "total": 3.4567 })), json!({ "name": "x", "total": "3.46" }));
    }
}
