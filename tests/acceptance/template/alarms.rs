//! Alarms know what there is, and whoever is woken by one knows what to do.

use std::{collections::BTreeSet, path::Path};

use infra_local::template::Template;
use projections::{ReadModel, Visitor, visit_all};
use serde_json::Value;

fn alarms() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let alarms = Template::deployed().resources().iter();
    let alarms = alarms.filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm");
    alarms.map(|(id, it)| (id.as_str(), &it["Properties"]))
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Visitor for Names {
    fn visit<R: ReadModel>(&mut self) {
        self.0.insert(R::NAME.into());
    }
}

#[test]
fn every_alarm_tells_somebody_and_leads_to_a_runbook_that_there_is() {
    let runbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/runbooks");
    for (id, alarm) in alarms() {
        let description = alarm["AlarmDescription"]["Fn::Sub"].as_str().expect(id);
        let (_, runbook) = description.split_once("${RunbookUrl}/").expect(id);
        assert!(runbooks.join(runbook).is_file(), "{id}: {runbook}");
        assert!(alarm["AlarmActions"].as_array().is_some_and(|actions| !actions.is_empty()), "{id}");
        assert!(alarm["TreatMissingData"].is_string(), "{id}");
    }
}

#[test]
fn the_alarms_on_read_models_know_all_of_them() {
    let mut registered = Names::default();
    visit_all(&mut registered);
    for id in ["Parked", "ViewsBehind"] {
        let metrics = Template::deployed().properties(id)["Metrics"].as_array().unwrap().iter();
        let dimensions =
            metrics.filter_map(|it| it["MetricStat"]["Metric"]["Dimensions"][0]["Value"].as_str());
        assert_eq!(dimensions.map(str::to_owned).collect::<BTreeSet<_>>(), registered.0, "{id}");
    }
}
