//! Webhooks, as the command line manages them.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use crate::rollcall::{Backend, Home, wait_for};

/// Takes one request; answers what it was.
fn receive(listener: &TcpListener) -> String {
    let (mut connection, _) = listener.accept().unwrap();
    let mut read = String::new();
    let mut piece = [0; 4_096];
    while !is_whole(&read) {
        let length = connection.read(&mut piece).unwrap();
        assert!(length > 0, "the request broke off: {read}");
        read += std::str::from_utf8(&piece[..length]).unwrap();
    }
    connection.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
    read
}

fn is_whole(read: &str) -> bool {
    let Some((head, body)) = read.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

#[test]
fn a_webhook_is_added_tried_out_and_removed() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let receiving = thread::spawn(move || receive(&listener));
    let added = home.json(&["webhook", "add", &url, "--type", "role.created"]);
    let id = added["id"].as_str().unwrap();
    assert!(added["secret"].as_str().unwrap().starts_with("whsec_"));
    let sent = home.json(&["webhook", "test", id]);
    let delivery = sent["delivery"].as_str().unwrap();
    let received = receiving.join().unwrap();
    assert!(received.contains(&format!("webhook-id: {delivery}\r\n")), "{received}");
    let tried = wait_for("the try to be written down", || {
        home.json(&["webhook", "deliveries", id])["items"].get(0).cloned()
    });
    assert_eq!((&tried["arrived"], tried["delivery"].as_str()), (&true.into(), Some(delivery)));
    home.refused(&["webhook", "redeliver", id, delivery], "rollcall: 404 no-such-delivery: ");
    assert_eq!(home.json(&["webhook", "disable", id])["enabled"], false);
    assert_eq!(home.json(&["webhook", "change", id, "--all-types"])["types"], serde_json::json!([]));
    home.text(&["webhook", "remove", id]);
    wait_for("the list to forget it", || {
        home.json(&["webhook", "list"])["items"].as_array()?.is_empty().then_some(())
    });
    home.refused(&["webhook", "add", "http://example.com/"], "rollcall: 422 invalid-value: ");
}
