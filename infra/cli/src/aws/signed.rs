use std::time::SystemTime;

use aws_sdk_sqs::config::{Credentials, ProvideCredentials as _};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use infra_aws::{clients::SdkConfig, clock::Clock};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use ureq::{
    Agent,
    http::{Request, StatusCode},
};

use super::Element;
use crate::{Failure, api::RESERVED};

/// Asks AWS's services, as whoever the environment says.
pub(crate) struct Signed {
    agent: Agent,
    credentials: Credentials,
    region: String,
    /// Instead of the services' own addresses.
    endpoint: Option<String>,
}

/// What a service answered.
struct Answer {
    status: StatusCode,
    body: String,
}

impl Signed {
    pub(crate) async fn new(config: &SdkConfig) -> Result<Self, Failure> {
        let region =
            config.region().ok_or("set AWS_REGION, or a region in AWS's own configuration")?.to_string();
        let provider =
            config.credentials_provider().ok_or("there are no AWS credentials in the environment")?;
        let credentials = provider.provide_credentials().await;
        let credentials =
            credentials.map_err(|error| format!("the AWS credentials cannot be had: {error}"))?;
        // A refusal has a body that says why; it is no transport error.
        let settings = Agent::config_builder().http_status_as_error(false);
        let endpoint = config.endpoint_url().map(|url| url.trim_end_matches('/').to_owned());
        // A proxy does not lead to this machine.
        let is_local = endpoint.as_ref().is_some_and(|url| url.starts_with("http://127.0.0.1:"));
        let agent = if is_local { settings.proxy(None).build().into() } else { settings.build().into() };
        Ok(Self { agent, credentials, region, endpoint })
    }

    /// An action of the Query protocol; answers what is in `<{action}Result>`.
    pub(crate) fn query(
        &self,
        (service, version): (&str, &str),
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, Failure> {
        let fixed = [("Action", action), ("Version", version)];
        let pair = |(name, value): &(&str, &str)| {
            format!("{}={}", utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED))
        };
        let body = fixed.iter().chain(parameters).map(pair).collect::<Vec<_>>().join("&");
        let answer = self.send(service, "POST", "/", Some(body))?;
        let document = Element::parse(&answer.body);
        if !answer.status.is_success() {
            let error = document.as_ref().and_then(|document| document.child("Error"));
            let said = |name| error.and_then(|error| error.text_of(name)).unwrap_or_default();
            return Err(refused(service, action, answer.status, said("Code"), said("Message")));
        }
        let result = document.and_then(|document| document.child(&format!("{action}Result")).cloned());
        result.ok_or_else(|| format!("{service} answered {action} with something else").into())
    }

    /// A resource of a service that speaks JSON; none where there is no such resource.
    pub(crate) fn get(&self, service: &str, target: &str) -> Result<Option<Value>, Failure> {
        let answer = self.send(service, "GET", target, None)?;
        let body: Option<Value> = serde_json::from_str(&answer.body).ok();
        match (answer.status, body) {
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, Some(body)) if status.is_success() => Ok(Some(body)),
            (status, None) if status.is_success() => {
                Err(format!("{service} answered {target} with something else").into())
            }
            (status, body) => {
                let message =
                    body.as_ref().and_then(|body| body["message"].as_str().or(body["Message"].as_str()));
                Err(refused(service, target, status, "", message.unwrap_or_default()))
            }
        }
    }

    fn send(
        &self,
        service: &str,
        method: &str,
        target: &str,
        body: Option<String>,
    ) -> Result<Answer, Failure> {
        let host = || format!("https://{service}.{}.amazonaws.com", self.region);
        let uri = format!("{}{target}", self.endpoint.clone().unwrap_or_else(host));
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let headers: &[(&str, &str)] = if body.is_some() { &[("content-type", form)] } else { &[] };
        let signed = self.signature(service, (method, &uri), headers, body.as_deref().unwrap_or_default())?;
        let mut request = Request::builder().method(method).uri(&uri);
        for (name, value) in headers.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(signed) {
            request = request.header(name, value);
        }
        let answered = match body {
            Some(body) => self.agent.run(request.body(body)?),
            None => self.agent.run(request.body(())?),
        };
        let mut answered = answered.map_err(|error| format!("{service} does not answer: {error}"))?;
        let status = answered.status();
        let body = answered.body_mut().read_to_string();
        Ok(Answer { status, body: body.map_err(|error| format!("{service} broke off: {error}"))? })
    }

    fn signature(
        &self,
        service: &str,
        (method, uri): (&str, &str),
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Vec<(&'static str, String)>, Failure> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::from(Clock::system().now()))
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new(method, uri, headers.iter().copied(), body)?;
        let (instructions, _) = sign(request, &parameters)?.into_parts();
        let (headers, _) = instructions.into_parts();
        Ok(headers.into_iter().map(|header| (header.name(), header.value().to_owned())).collect())
    }
}

fn refused(service: &str, asked: &str, status: StatusCode, code: &str, message: &str) -> Failure {
    format!("{service} refuses {asked}: {} {code} {message}", status.as_u16()).into()
}
