use infra_aws::environment;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SpanExporter as _};

use super::{buffer, client::Client};

/// The environment names a collector that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("OTEL_EXPORTER_OTLP_ENDPOINT, or another variable of OpenTelemetry's exporter, cannot be used: {0}")]
pub struct BadCollector(#[from] ExporterBuildError);

/// Exports spans from now on, if `OTEL_EXPORTER_OTLP_ENDPOINT` is set: to `{endpoint}/v1/traces`, in protobuf.
///
/// # Errors
/// [`BadCollector`].
pub fn export_from_environment() -> Result<(), BadCollector> {
    if environment::text(environment::OTLP_ENDPOINT).is_err() {
        return Ok(());
    }
    let mut exporter = SpanExporter::builder().with_http().with_http_client(Client::new()).build()?;
    let service = environment::text(environment::FUNCTION_NAME).unwrap_or_else(|_| "rollcall".into());
    exporter.set_resource(&Resource::builder().with_service_name(service).build());
    buffer::export_to(exporter);
    Ok(())
}
