use aws_smithy_runtime_api::{client::http::HttpConnector, http::Request as SmithyRequest};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use infra_aws::clients;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};

/// The HTTP and TLS stack of the AWS clients, as OpenTelemetry asks for one.
#[derive(Debug)]
pub(super) struct Client(Box<dyn HttpConnector>);

impl Client {
    pub(super) fn new() -> Self {
        Self(Box::new(clients::http_connector()))
    }
}

impl HttpClient for Client {
    // As the trait has it, which was written before traits could be asynchronous.
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> BoxFuture<'b, Result<Response<Bytes>, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        async move {
            let request = SmithyRequest::try_from(request.map(SdkBody::from))?;
            let answer = self.0.call(request).await?.try_into_http1x()?;
            let (parts, body) = answer.into_parts();
            Ok(Response::from_parts(parts, ByteStream::new(body).collect().await?.into_bytes()))
        }
        .boxed()
    }
}
