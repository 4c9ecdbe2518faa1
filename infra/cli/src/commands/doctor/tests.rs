//! A deployed stack, well and ill, told by a server in the shapes that AWS documents.

mod world;

use chrono::TimeDelta;
use infra_aws::clients;

use self::world::World;
use super::{Finding, Verdict, cloud};
use crate::aws::Signed;

/// What is not OK.
async fn ill(world: &World) -> Vec<(String, Verdict)> {
    let findings = examined(world).await;
    let ill = findings.into_iter().filter(|finding| finding.verdict != Verdict::Ok);
    ill.map(|finding| (finding.check, finding.verdict)).collect()
}

async fn examined(world: &World) -> Vec<Finding> {
    let url = world.serve().await;
    let config = clients::for_endpoint(&url, clients::loopback_http_client());
    let aws = Signed::new(&config).await.unwrap();
    Box::pin(cloud::examine(&config, &aws, "rollcall")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_that_is_as_the_template_says_has_nothing() {
    let findings = examined(&World::healthy()).await;
    let ill: Vec<_> = findings.iter().filter(|finding| finding.verdict != Verdict::Ok).collect();
    assert!(ill.is_empty(), "{ill:?}");
    // A stack, six tables, four queues with their dead letters, ten functions with six mappings, alarms, and four
    // of the flow.
    assert_eq!(findings.len(), 1 + 6 + 8 + 10 + 6 + 1 + 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_illness_is_found_by_its_own_check_and_by_no_other() {
    for (answer, is, instead, check) in [
        ("DescribeStacks", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "stack"),
        ("function rollcall-worker", "\"Timeout\":20", "\"Timeout\":3", "function Worker"),
        ("function rollcall-worker", "arm64", "x86_64", "function Worker"),
        ("function rollcall-watchdog", "provided.al2023", "provided.al2", "function Watchdog"),
        ("function rollcall-watchdog", "Active", "Inactive", "function Watchdog"),
        ("function rollcall-projector", "VIEWS_TABLE", "VIEW_TABLE", "function Projector"),
        ("mapping rollcall-dispatcher", "Enabled", "Disabled", "mapping Dispatcher"),
        ("mapping rollcall-projector", "\"OK\"", "\"PROBLEM: Function call failed\"", "mapping Projector"),
        ("mapping rollcall-projector", "/stream/2", "/stream/1", "mapping Projector"),
        ("mapping rollcall-projector", "OnFailure", "OnSuccess", "mapping Projector"),
        (
            "mapping rollcall-dispatcher",
            "\"MaximumRetryAttempts\":5",
            "\"MaximumRetryAttempts\":-1",
            "mapping Dispatcher",
        ),
        ("mapping rollcall-worker", "\"BatchSize\":10", "\"BatchSize\":1", "mapping Worker"),
        ("mapping rollcall-replayer", ":rollcall-replays", ":rollcall-steps", "mapping Replayer"),
        ("DescribeTable rollcall-events", "NEW_IMAGE", "KEYS_ONLY", "table Events"),
        ("DescribeTable rollcall-events", "PAY_PER_REQUEST", "PROVISIONED", "table Events"),
        (
            "DescribeTable rollcall-events",
            "\"DeletionProtectionEnabled\":true",
            "\"DeletionProtectionEnabled\":false",
            "table Events",
        ),
        ("DescribeTable rollcall-views", "by_name", "by_nom", "table Views"),
        (
            "DescribeContinuousBackups rollcall-views",
            "\"PointInTimeRecoveryStatus\":\"ENABLED\"",
            "\"PointInTimeRecoveryStatus\":\"DISABLED\"",
            "table Views",
        ),
        (
            "GetQueueAttributes rollcall-steps",
            "\"VisibilityTimeout\":\"60\"",
            "\"VisibilityTimeout\":\"30\"",
            "queue steps",
        ),
        (
            "GetQueueAttributes rollcall-replays",
            "\\\"maxReceiveCount\\\":10",
            "\\\"maxReceiveCount\\\":3",
            "queue replays",
        ),
        ("GetQueueAttributes rollcall-replays", "rollcall-replays-dead", "elsewhere", "queue replays"),
        (
            "GetQueueAttributes rollcall-steps-dead",
            "\"ApproximateNumberOfMessages\":\"0\"",
            "\"ApproximateNumberOfMessages\":\"3\"",
            "dead letters of steps",
        ),
        ("DescribeAlarms", "<AlarmName>rollcall-parked<", "<AlarmName>rollcall-other<", "alarm Parked"),
    ] {
        let mut world = World::healthy();
        world.change(answer, is, instead);
        let check = if check == "alarm Parked" { world.alarm("rollcall-parked") } else { check.to_owned() };
        assert_eq!(ill(&world).await, [(check, Verdict::Fail)], "{answer}: {instead}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_that_rings_or_tells_nobody_is_found() {
    for (is, instead) in [
        ("<StateValue>OK<", "<StateValue>ALARM<"),
        ("<ActionsEnabled>true<", "<ActionsEnabled>false<"),
        ("<AlarmActions><member>arn:aws:sns:us-east-1:1:alarms</member></AlarmActions>", "<AlarmActions/>"),
    ] {
        let mut world = World::healthy();
        let check = world.alarm("rollcall-parked");
        world.change_alarm("rollcall-parked", is, instead);
        assert_eq!(ill(&world).await, [(check, Verdict::Fail)], "{instead}");
    }
    let mut world = World::healthy();
    let check = world.alarm("rollcall-parked");
    world.change_alarm("rollcall-parked", "<ActionsEnabled>true<", "<ActionsEnabled>false<");
    world.change("DescribeStacks", "<ParameterValue>true<", "<ParameterValue>false<");
    assert_eq!(ill(&world).await, [(check, Verdict::Warn)], "it was asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_still_is_found() {
    let mut world = World::healthy();
    world.park("acme#user#1");
    assert_eq!(ill(&world).await, [("parked".to_owned(), Verdict::Fail)]);

    let mut world = World::healthy();
    world.pulses(Some(TimeDelta::minutes(10)), Some(TimeDelta::minutes(10)));
    assert_eq!(ill(&world).await, [("watchdog".to_owned(), Verdict::Fail)]);

    let mut world = World::healthy();
    world.pulses(None, None);
    assert_eq!(ill(&world).await, [("watchdog".to_owned(), Verdict::Warn)]);

    let mut world = World::healthy();
    world.pulses(Some(TimeDelta::seconds(90)), Some(TimeDelta::minutes(30)));
    assert_eq!(ill(&world).await, [("projector".to_owned(), Verdict::Fail)]);

    let mut world = World::healthy();
    world.replay("user_directory-2", TimeDelta::minutes(1));
    assert_eq!(ill(&world).await, []);
    world.replay("user_directory-2", TimeDelta::minutes(20));
    assert_eq!(ill(&world).await, [("replays".to_owned(), Verdict::Fail)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_cannot_be_asked_is_not_well() {
    let mut world = World::healthy();
    world.forget("function rollcall-replayer");
    assert_eq!(ill(&world).await, [("function Replayer".to_owned(), Verdict::Fail)]);

    let mut world = World::healthy();
    world.forget("DescribeAlarms");
    assert_eq!(ill(&world).await, [("alarms".to_owned(), Verdict::Fail)]);

    let mut world = World::healthy();
    world.forget("DescribeStacks");
    let findings = examined(&world).await;
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].said.contains("cloudformation refuses DescribeStacks: 400 ValidationError"),
        "{findings:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_of_a_variable_is_ever_shown() {
    let mut world = World::healthy();
    world.change("function rollcall-worker", "MAIL_FROM", "MAIL_FORM");
    let findings = examined(&world).await;
    let told = format!("{findings:?}");
    assert!(told.contains("MAIL_FROM is not set") && !told.contains("a-secret"), "{told}");
}
