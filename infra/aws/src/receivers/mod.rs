//! Requests to addresses that somebody else has chosen: the receivers of webhooks.
//!
//! Such an address must not lead into the network that the functions run in, nor to the machine itself. So every address
//! is judged that a connection is made to, whichever name led there and whenever: what resolves names hands on public
//! ones only, and an address that stands in the URL is judged before. Redirects are not followed, there is no proxy, and
//! of an answer the status is all that is looked at.

mod address;
mod resolver;

use std::{error::Error, time::Duration};

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use url::{Host, Url};

pub use address::is_public;

use resolver::{NotPublic, Resolver};

/// Of a whole request, from resolving the name to the last byte that is read.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// What is read of an answer so that its connection can be used again. Longer ones cost theirs.
const DRAIN: usize = 16 * 1024;

/// Where requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses, over TLS.
    Public,
    /// To this machine, too, over TLS or without: to try webhooks out.
    PublicAndLoopback,
}

impl Reach {
    /// Reads an address, and judges what can be seen of it without resolving its name.
    ///
    /// # Errors
    /// [`NoAnswer::NotPublic`] for one that nothing is sent to, [`NoAnswer::Unreachable`] for none.
    pub fn judge(self, url: &str) -> Result<Url, NoAnswer> {
        let url = Url::parse(url).map_err(|_| NoAnswer::Unreachable)?;
        let (may_be_local, is_local) = (self == Self::PublicAndLoopback, is_loopback(url.host()));
        let is_plain = url.scheme() != "https";
        if (is_plain || is_local) && !(may_be_local && is_local) {
            return Err(NoAnswer::NotPublic);
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(url),
            None => return Err(NoAnswer::Unreachable),
        };
        if is_reachable(address, self) { Ok(url) } else { Err(NoAnswer::NotPublic) }
    }
}

/// Sends requests to receivers.
#[derive(Debug)]
pub struct Receivers {
    connector: Box<dyn HttpConnector>,
    reach: Reach,
    time_limit: Duration,
}

/// Why there is no answer. Nothing is told of the network that was looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("the address is not a public one")]
    NotPublic,
    #[error("the receiver did not answer in time")]
    TooSlow,
    #[error("the receiver cannot be reached, or did not answer in HTTP")]
    Unreachable,
}

impl Receivers {
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        let connector = Connector::builder().tls_provider(ring).build_with_resolver(Resolver { reach });
        Self { connector: Box::new(connector), reach, time_limit: TIME_LIMIT }
    }

    /// With another limit for a request than ten seconds.
    #[must_use]
    pub fn within(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Posts a body; answers the status.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<u16, NoAnswer> {
        let url = self.reach.judge(url)?;
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(url.as_str()).map_err(|_| NoAnswer::Unreachable)?;
        request.set_method("POST").map_err(|_| NoAnswer::Unreachable)?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.clone());
        }
        let answered = tokio::time::timeout(self.time_limit, self.status(request)).await;
        answered.unwrap_or(Err(NoAnswer::TooSlow))
    }

    async fn status(&self, request: HttpRequest) -> Result<u16, NoAnswer> {
        let answer = self.connector.call(request).await.map_err(|error| reason(&error))?;
        let status = answer.status().as_u16();
        let (mut body, mut read) = (ByteStream::new(answer.into_body()), 0);
        // The status is the answer: what becomes of the rest is no matter.
        while let Ok(Some(piece)) = body.try_next().await {
            read += piece.len();
            if read > DRAIN {
                break;
            }
        }
        Ok(status)
    }
}

fn is_loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_reachable(address: std::net::IpAddr, reach: Reach) -> bool {
    is_public(address) || (reach == Reach::PublicAndLoopback && address.to_canonical().is_loopback())
}

fn reason(error: &(dyn Error + 'static)) -> NoAnswer {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return NoAnswer::NotPublic;
        }
        cause = error.source();
    }
    NoAnswer::Unreachable
}

#[cfg(test)]
mod tests;
