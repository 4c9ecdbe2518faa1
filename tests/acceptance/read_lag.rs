//! How far behind a list says it is.

use acceptance::{App, get};
use chrono::TimeDelta;
use infra_local::{
    faults::{At, Fault},
    host::Delivery,
};

async fn lag(app: &App) -> String {
    // Past what an instance goes by without looking.
    app.clock.advance(TimeDelta::seconds(2));
    let lag = app.meanwhile(get("/v1/users")).await.then(200).header("read-lag");
    for path in ["/v1/roles", "/v1/summary"] {
        assert_eq!(app.meanwhile(get(path)).await.then(200).header("read-lag"), lag, "{path}");
    }
    lag
}

async fn project(app: &App) {
    while app.backend.project().await.unwrap() != Delivery::Idle {}
}

#[tokio::test]
async fn a_list_is_as_far_behind_as_the_projector() {
    let app = App::start().await;
    assert_eq!(lag(&app).await, "unknown", "no pulse has come");
    app.backend.watch().await.unwrap();
    assert_eq!(lag(&app).await, "unknown", "none has arrived");
    project(&app).await;
    assert_eq!(lag(&app).await, "4", "written before two looks at it");

    // The projector stands still, and the watchdog does not.
    for seconds in [26, 60] {
        app.clock.advance(TimeDelta::seconds(seconds));
        app.backend.watch().await.unwrap();
    }
    assert_eq!(lag(&app).await, "92");
    project(&app).await;
    assert_eq!(lag(&app).await, "4");
    // The watchdog stands still: nobody knows better.
    app.clock.advance(TimeDelta::minutes(10));
    project(&app).await;
    assert_eq!(lag(&app).await, "606");
}

#[tokio::test]
async fn a_batch_that_fails_proves_nothing() {
    let app = App::start().await;
    app.backend.watch().await.unwrap();
    project(&app).await;
    app.clock.advance(TimeDelta::seconds(60));
    app.accepted("amy", &[]).await;
    app.backend.watch().await.unwrap();
    app.tap.reset();
    for _ in 0..3 {
        app.tap.inject(At::Next("PutItem".into()), Fault::ServerError);
    }
    assert_eq!(app.backend.project().await.unwrap(), Delivery::Failed);
    assert_eq!(app.tap.unmet(), 0);
    assert_eq!(lag(&app).await, "62");
    project(&app).await;
    assert_eq!(lag(&app).await, "4");
}

#[tokio::test]
async fn an_older_pulse_that_comes_again_changes_nothing() {
    let app = App::start().await;
    app.backend.watch().await.unwrap();
    let old: Vec<_> =
        app.stored().await.into_iter().filter(|item| item["k"].as_s().unwrap() == "p").collect();
    assert_eq!(old.len(), 4);
    app.clock.advance(TimeDelta::seconds(60));
    app.backend.watch().await.unwrap();
    assert_eq!(app.stored().await.iter().filter(|item| item["k"].as_s().unwrap() == "p").count(), 4);
    project(&app).await;
    let mut event = aws_lambda_events::dynamodb::Event::default();
    event.records = old
        .into_iter()
        .map(|item| {
            let mut record = aws_lambda_events::dynamodb::EventRecord::default();
            record.event_name = "MODIFY".into();
            record.change.new_image = item.into();
            record
        })
        .collect();
    assert!(app.backend.functions.projector.handle(event).await.batch_item_failures.is_empty());
    assert_eq!(lag(&app).await, "2");
}
