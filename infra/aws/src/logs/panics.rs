use std::panic;

/// Says where somebody panicked, and not what they said: that may quote an event. Where panics are caught, the
/// process lives on, and this line is all that is told of it.
pub(super) fn to_logs() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "somebody panicked");
    }));
}
