//! Receipt handles: what a receiver shows to delete a message or to hide it for longer.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use super::{
    error::{Code, SqsError},
    message::Message,
    queue::Queue,
    store::Call,
};

/// Names one receive of one message in one queue. The count of receives makes each handle a new one; the
/// time (in milliseconds since the epoch) tells how long the message may still be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) queue: i64,
    pub(super) seq: i64,
    pub(super) receive_count: u32,
    pub(super) received_at: i64,
}

impl Handle {
    pub(super) fn encode(self) -> String {
        let Self { queue, seq, receive_count, received_at } = self;
        BASE64.encode(format!("{queue}.{seq}.{receive_count}.{received_at}"))
    }

    fn decode(text: &str) -> Option<Self> {
        let plain = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
        let mut parts = plain.split('.');
        let handle = Self {
            queue: parts.next()?.parse().ok()?,
            seq: parts.next()?.parse().ok()?,
            receive_count: parts.next()?.parse().ok()?,
            received_at: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(handle)
    }
}

/// What `handle` says, and the message that it stands for, if that is still in `queue` and has not been
/// received again: only the handle of the latest receive counts.
///
/// # Errors
///
/// `ReceiptHandleIsInvalid` when it never was a handle of this queue.
pub(super) fn resolve(
    call: &Call<'_>,
    queue: &Queue,
    handle: &str,
) -> Result<Option<(Handle, Message)>, SqsError> {
    let Some(handle) = Handle::decode(handle).filter(|handle| handle.queue == queue.id) else {
        let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        return Err(SqsError::new(Code::ReceiptHandleIsInvalid, message));
    };
    let found = Message::find(call, queue, handle.seq)?;
    Ok(found.filter(|message| message.receive_count == handle.receive_count).map(|message| (handle, message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_back_and_anything_else_is_not() {
        let handle = Handle { queue: 1, seq: 23, receive_count: 4, received_at: 5_000 };
        assert_eq!(Handle::decode(&handle.encode()), Some(handle));
        let (short, long, odd) = ("1.2.3", "1.2.3.4.5", "a.b.c.d");
        for forged in ["", "hello", &BASE64.encode(short), &BASE64.encode(long), &BASE64.encode(odd)] {
            assert_eq!(Handle::decode(forged), None, "{forged}");
        }
    }
}
