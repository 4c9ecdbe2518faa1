use std::sync::{Arc, Mutex};

use super::*;

#[test]
fn a_wait_is_rounded_up_to_whole_seconds() {
    assert_eq!(seconds(Duration::ZERO), 0);
    assert_eq!(seconds(Duration::from_millis(1)), 1);
    assert_eq!(seconds(Duration::from_secs(60)), 60);
    assert_eq!(seconds(Duration::from_millis(60_001)), 61);
}

#[test]
fn a_wait_leaves_room_within_twelve_hours_for_the_time_the_message_was_held() {
    assert_eq!(seconds(Duration::from_secs(43_200)), 42_300);
    assert_eq!(seconds(Duration::MAX), 42_300);
}

#[test]
fn what_could_not_be_put_off_is_logged_with_its_count() {
    let failure = |id: &str| {
        let failure =
            BatchResultErrorEntry::builder().id(id).sender_fault(true).code("ReceiptHandleIsInvalid");
        failure.message("Not a handle.").build().expect("complete")
    };
    let log = logged(|| report_not_put_off(&[failure("0"), failure("4")], 7));
    assert_eq!(
        log,
        " WARN messages could not be put off messages=2 of=7 error=\"ReceiptHandleIsInvalid: Not a handle.\"\n"
    );
    assert_eq!(logged(|| report_not_put_off(&[], 7)), "");
}

fn logged(work: impl FnOnce()) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    String::from_utf8(lines.0.lock().expect("not poisoned").clone()).expect("text")
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
