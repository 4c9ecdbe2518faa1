mod console;
mod log;

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use functions::limits::PATIENCE;
use infra_aws::{clients, clock::Clock, logs, mail::Outbox, receivers::Reach};
use infra_local::{
    backend::{Backend, Settings},
    mails,
    oidc::Provider,
    secrets::Secrets,
    stack::{Home, Ports},
    template::Template,
};
use tokio::{net::TcpListener, sync::watch};

use crate::{Failure, arguments::Dev, home};

/// Runs until Ctrl-C or SIGTERM.
pub(crate) fn run(arguments: &Dev) -> Result<(), Failure> {
    // Held to the end of the process.
    let _lock = home::lock(&arguments.data.folder)?;
    logs::to(Mutex::new(log::Log::open(&arguments.data.folder)?));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(arguments))
}

async fn serve(arguments: &Dev) -> Result<(), Failure> {
    let (folder, clock) = (&arguments.data.folder, Clock::system());
    let listener = listen(arguments.port).await?;
    let api = format!("http://{}", listener.local_addr()?);
    let outbox = Outbox::in_folder(folder.join("outbox"), clock.clone())?;
    let mut backend = Backend::open(Settings {
        home: Home::Folder(folder.clone()),
        ports: Ports { dynamodb: arguments.dynamodb_port, sqs: arguments.sqs_port },
        clock,
        secrets: Secrets::in_folder(folder)?,
        function_client: clients::loopback_http_client(),
        limiter_client: clients::loopback_http_client(),
        limiter_patience: PATIENCE,
        limits: Template::deployed().rate_limits(),
        mailer: Arc::new(console::Shown(outbox)),
        webhook_reach: Reach::PublicAndLoopback,
        public_url: api.clone(),
        provider: arguments
            .issuer
            .clone()
            .map(|issuer| Provider { issuer, audiences: arguments.audience.clone() }),
    })
    .await?;
    backend.api = backend.api.clone().merge(mails::routes(folder.join("outbox"), backend.api.clone()));
    let addresses = home::Addresses {
        api,
        dynamodb: backend.stack.dynamodb_url.clone(),
        sqs: backend.stack.sqs_url.clone(),
        provider: arguments.issuer.clone(),
    };
    addresses.write(folder)?;
    console::welcome(&addresses, folder)?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_stop().await;
        stop.send_replace(true);
        console::say("\nStopping; what is under way is finished first.");
        // Who asks twice means at once. Everything is kept; deliveries repeat at the next start.
        asked_to_stop().await;
        std::process::exit(130);
    });
    Box::pin(backend.run(listener, stopped)).await
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener
        .map_err(|error| format!("port {port} cannot be had ({error}); choose another with --port").into())
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        },
        Err(_) => drop(interrupted.await),
    }
}
