//! The way of one request, through the gate and back.

use std::fmt;

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use serde_json::Value;

use super::{
    gate::{EXECUTION, Gate},
    history::Written,
    plan::Fate,
    road::body,
    trouble,
};

type Result = std::result::Result<HttpResponse, ConnectorError>;

#[derive(Clone)]
struct Passage {
    gate: Gate,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl Passage {
    async fn pass(self, request: HttpRequest, execution: usize) -> Result {
        let turn = self.gate.turn(false).await;
        if !matches!(turn.fate, Fate::Deliver | Fate::HoldReply) {
            self.gate.note_disturbed(execution, turn.fate);
        }
        match turn.fate {
            Fate::Deliver => self.arrive(request, execution).await,
            Fate::HoldReply => {
                let reply = self.arrive(request, execution).await;
                drop(turn);
                self.come_back(reply, execution).await
            }
            Fate::LoseReply => self.arrive(request, execution).await.and_then(|_| lost()),
            Fate::NeverArrive => timed_out(),
            Fate::ArriveLate => {
                tokio::spawn(self.linger(request, execution));
                timed_out()
            }
            Fate::Answer(trouble) => Ok(trouble::answer(trouble, &request)),
        }
    }

    async fn come_back(self, reply: Result, execution: usize) -> Result {
        let turn = self.gate.turn(false).await;
        match turn.fate {
            Fate::Deliver | Fate::HoldReply | Fate::Answer(_) => reply,
            Fate::LoseReply | Fate::NeverArrive | Fate::ArriveLate => {
                self.gate.note_disturbed(execution, turn.fate);
                lost()
            }
        }
    }

    /// Queues at once, so that the sender meets itself there when it tries again.
    fn linger(self, request: HttpRequest, execution: usize) -> impl Future<Output = ()> {
        let its_turn = self.gate.turn(true);
        async move {
            let _turn = its_turn.await;
            let _ = self.arrive(request, execution).await;
        }
    }

    async fn arrive(&self, request: HttpRequest, execution: usize) -> Result {
        let commit = commit_in(&body(&request));
        let reply = self.gate.road.carry(request, &self.settings, &self.components).await?;
        if let Some((stream, commit)) = commit.filter(|_| reply.status().is_success()) {
            self.gate.note_written(Written { stream, commit, execution });
        }
        Ok(reply)
    }
}

/// The stream and number of the commit that a request would write.
fn commit_in(body: &Value) -> Option<(String, u64)> {
    let transacted = &body["TransactItems"][0]["Put"]["Item"];
    let item = if transacted.is_object() { transacted } else { &body["Item"] };
    Some((item["pk"]["S"].as_str()?.to_owned(), item["sk"]["N"].as_str()?.parse().ok()?))
}

fn lost() -> Result {
    Err(ConnectorError::io("the reply was lost".into()))
}

fn timed_out() -> Result {
    Err(ConnectorError::timeout("no reply in time".into()))
}

impl HttpClient for Gate {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let (settings, components) = (settings.clone(), components.clone());
        SharedHttpConnector::new(Passage { gate: self.clone(), settings, components })
    }
}

impl HttpConnector for Passage {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let passage = self.clone();
        HttpConnectorFuture::new(async move {
            match EXECUTION.try_get() {
                Ok(execution) => passage.pass(request, execution).await,
                Err(_) => passage.gate.road.carry(request, &passage.settings, &passage.components).await,
            }
        })
    }
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passage")
    }
}
