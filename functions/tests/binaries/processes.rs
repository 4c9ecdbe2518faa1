use std::path::Path;

use infra_aws::environment::{self, SecretKey};
use infra_local::{
    stack::{EVENTS_TABLE, FEED_TABLE, IMPORTS_TABLE, LIMITS_TABLE, Stack, VIEWS_TABLE, WEBHOOKS_TABLE},
    template::Template,
};
use tokio::process::{Child, Command};

use crate::runtime_api::RuntimeApi;

/// The functions, running. They end with the test.
pub(crate) struct Processes {
    pub(crate) command_api: RuntimeApi,
    pub(crate) query_api: RuntimeApi,
    pub(crate) operator_api: RuntimeApi,
    pub(crate) projector: RuntimeApi,
    pub(crate) dispatcher: RuntimeApi,
    pub(crate) worker: RuntimeApi,
    pub(crate) watchdog: RuntimeApi,
    pub(crate) replayer: RuntimeApi,
    pub(crate) importer: RuntimeApi,
    pub(crate) courier: RuntimeApi,
    children: Vec<Child>,
}

impl Processes {
    pub(crate) async fn start(stack: &Stack, outbox: &Path) -> Self {
        Self::start_with(stack, outbox, &[]).await
    }

    /// With more variables in their environment.
    pub(crate) async fn start_with(stack: &Stack, outbox: &Path, more: &[(&str, &str)]) -> Self {
        let mut children = Vec::new();
        let mut started = async |binary| {
            let api = RuntimeApi::start().await;
            let mut command = command(binary, &api, stack, outbox);
            command.envs(more.iter().copied());
            children.push(command.spawn().expect("the binary was built"));
            api
        };
        Self {
            command_api: started(env!("CARGO_BIN_EXE_command-api")).await,
            query_api: started(env!("CARGO_BIN_EXE_query-api")).await,
            operator_api: started(env!("CARGO_BIN_EXE_operator-api")).await,
            projector: started(env!("CARGO_BIN_EXE_projector")).await,
            dispatcher: started(env!("CARGO_BIN_EXE_dispatcher")).await,
            worker: started(env!("CARGO_BIN_EXE_worker")).await,
            watchdog: started(env!("CARGO_BIN_EXE_watchdog")).await,
            replayer: started(env!("CARGO_BIN_EXE_replayer")).await,
            importer: started(env!("CARGO_BIN_EXE_importer")).await,
            courier: started(env!("CARGO_BIN_EXE_courier")).await,
            children,
        }
    }

    pub(crate) async fn stop(self) {
        for mut child in self.children {
            child.kill().await.expect("it still runs: no invocation ended the process");
        }
    }
}

/// A worker that lacks one setting; answers what it says before it ends.
pub(crate) async fn worker_without(setting: &str, stack: &Stack, outbox: &Path) -> String {
    let api = RuntimeApi::start().await;
    let mut command = command(env!("CARGO_BIN_EXE_worker"), &api, stack, outbox);
    let output = command.env_remove(setting).output().await.expect("the binary was built");
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A binary with what Lambda itself puts into its environment, and nothing else.
pub(crate) fn on_lambda(binary: &str, runtime_api: &str) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .kill_on_drop(true);
    command
}

/// The environment that Lambda and the template give a function, with the local endpoints.
fn command(binary: &str, api: &RuntimeApi, stack: &Stack, outbox: &Path) -> Command {
    let key = SecretKey::new([7; 32]).to_base64();
    let mut command = on_lambda(binary, &api.address);
    command
        .env("AWS_ENDPOINT_URL_DYNAMODB", &stack.dynamodb_url)
        .env("AWS_ENDPOINT_URL_SQS", &stack.sqs_url)
        .env("RUST_LOG", "warn")
        .env(environment::EVENTS_TABLE, EVENTS_TABLE)
        .env(environment::VIEWS_TABLE, VIEWS_TABLE)
        .env(environment::LIMITS_TABLE, LIMITS_TABLE)
        .env(environment::RATE_LIMITS, Template::deployed().rate_limits().to_string())
        .env(environment::IMPORTS_TABLE, IMPORTS_TABLE)
        .env(environment::IMPORTS_QUEUE_URL, &stack.imports_queue_url)
        .env(environment::WEBHOOKS_TABLE, WEBHOOKS_TABLE)
        .env(environment::DELIVERIES_QUEUE_URL, &stack.deliveries_queue_url)
        .env(environment::FEED_TABLE, FEED_TABLE)
        .env(environment::STEPS_QUEUE_URL, &stack.steps_queue_url)
        .env(environment::REPLAYS_QUEUE_URL, &stack.replays_queue_url)
        .env(environment::CLAIM_KEY, &key)
        .env(environment::CONFIRMATION_KEY, &key)
        .env(environment::CURSOR_KEY, &key)
        .env(environment::WEBHOOK_KEY, &key)
        .env(environment::CONFIRMATION_LINK, "https://users.example.com/confirm?token=")
        .env(environment::MAIL_FROM, "no-reply@example.com")
        .env(environment::MAIL_TRANSPORT, "outbox")
        .env(environment::MAIL_OUTBOX, outbox);
    command
}
