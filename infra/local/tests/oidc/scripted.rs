use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use infra_local::oidc::{Authorizer, Http, Provider};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

/// A provider on a port of its own that does as it is told.
pub(crate) struct Scripted {
    pub(crate) url: String,
    script: Arc<Script>,
    stop: watch::Sender<bool>,
}

struct Script {
    told: Mutex<Told>,
    /// How often the configuration was asked for.
    asked: watch::Sender<u32>,
    /// One permit for each answer, while answers are held.
    held: Semaphore,
}

struct Told {
    configuration: Value,
    keys: Value,
    cache_control: String,
    manner: Manner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Answers,
    /// Answers when it is let.
    IsHeld,
    Fails,
    /// Sends whoever asks to the same documents elsewhere.
    Redirects,
    /// Answers without end.
    Floods,
    /// Begins an answer and says no more.
    Stalls,
}

impl Scripted {
    /// With these keys, which are said to be good for five minutes.
    pub(crate) async fn with(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told = Told {
            configuration: json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }),
            keys: json!({ "keys": keys }),
            cache_control: "max-age=300".into(),
            manner: Manner::Answers,
        };
        let (told, asked) = (Mutex::new(told), watch::Sender::new(0));
        let script = Arc::new(Script { told, asked, held: Semaphore::new(0) });
        let app = Router::new().fallback(answer).with_state(script.clone());
        let (stop, mut stopped) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, app) => served.unwrap(),
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
        Self { url, script, stop }
    }

    pub(crate) fn authorizer(&self) -> Authorizer {
        self.authorizer_over(Http::new())
    }

    pub(crate) fn authorizer_over(&self, http: Http) -> Authorizer {
        let provider = Provider { issuer: self.url.clone(), audiences: vec!["rollcall".into()] };
        Authorizer::new(provider, Arc::new(http)).unwrap()
    }

    /// One that does not wait three seconds for what never comes.
    pub(crate) fn hasty_authorizer(&self) -> Authorizer {
        self.authorizer_over(Http::new().within(Duration::from_millis(200)))
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.script.told.lock().unwrap().keys = json!({ "keys": keys });
    }

    pub(crate) fn publish_as(&self, keys: Value) {
        self.script.told.lock().unwrap().keys = keys;
    }

    pub(crate) fn describe(&self, configuration: Value) {
        self.script.told.lock().unwrap().configuration = configuration;
    }

    pub(crate) fn cache_control(&self, text: &str) {
        self.script.told.lock().unwrap().cache_control = text.into();
    }

    pub(crate) fn is(&self, manner: Manner) {
        self.script.told.lock().unwrap().manner = manner;
    }

    /// Lets so many documents go.
    pub(crate) fn let_go(&self, documents: usize) {
        self.script.held.add_permits(documents);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> u32 {
        *self.script.asked.borrow()
    }

    pub(crate) async fn wait_until_asked(&self, times: u32) {
        self.script.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    /// Goes away: nobody listens on its port any more.
    pub(crate) async fn vanish(&self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }
}

async fn answer(State(script): State<Arc<Script>>, uri: Uri) -> Response {
    let is_configuration = uri.path().ends_with("/.well-known/openid-configuration");
    if is_configuration {
        script.asked.send_modify(|asked| *asked += 1);
    }
    let manner = script.told.lock().unwrap().manner;
    match manner {
        Manner::Answers => {}
        Manner::IsHeld => script.held.acquire().await.unwrap().forget(),
        Manner::Fails => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Manner::Redirects if uri.path().starts_with("/elsewhere") => {}
        Manner::Redirects => {
            return (StatusCode::FOUND, [(header::LOCATION, format!("/elsewhere{uri}"))]).into_response();
        }
        Manner::Floods => {
            let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024]));
            return Body::from_stream(chunks).into_response();
        }
        Manner::Stalls => {
            let silence = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
            return Body::from_stream(silence).into_response();
        }
    }
    let told = script.told.lock().unwrap();
    let document = if is_configuration { &told.configuration } else { &told.keys };
    ([(header::CACHE_CONTROL, told.cache_control.clone())], document.to_string()).into_response()
}
