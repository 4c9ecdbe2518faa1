//! `rollcall dev` from its start to its end, and what is there after the next start.

use std::net::TcpListener;

use crate::rollcall::{Backend, Client, Home, rollcall};

#[test]
fn dev_says_where_it_is_and_a_token_opens_it() {
    let home = Home::new();
    let backend = Backend::start(&home);
    assert!(backend.welcome.contains(&format!("API        {}\n", backend.url())), "{}", backend.welcome);

    let token = home.text(&["token", "--role", "auditor"]);
    let (status, users) = Client::new(backend.url(), token.trim()).get("/v1/users").unwrap();
    assert_eq!((status, users["items"].as_array().unwrap().len()), (200, 0));
    let (status, problem) = Client::new(backend.url(), "not-a-token").get("/v1/users").unwrap();
    assert_eq!((status, problem["status"].as_u64()), (401, Some(401)));
}

#[test]
fn a_token_is_for_one_tenant() {
    let home = Home::new();
    let backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    let token = home.text(&["token", "--role", "owner", "--tenant", "globex"]);
    let path = format!("/v1/users/{id}");
    assert_eq!(Client::new(backend.url(), token.trim()).get(&path).unwrap().0, 404);
}

#[test]
fn the_link_in_the_mail_confirms_the_address_once() {
    let home = Home::new();
    let backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    home.wait_for_status(&id, "pending_confirmation");

    let mails = home.mails();
    assert_eq!(mails.iter().map(|mail| mail.user.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    let body = format!(r#"{{"token":"{}"}}"#, mails[0].token());
    let anybody = Client::new(backend.url(), "");
    let statuses = ["first", "second"].map(|key| anybody.post("/v1/confirmations", key, &body).unwrap().0);
    assert_eq!(statuses, [200, 410]);
    home.wait_for_status(&id, "active");
}

#[test]
fn sigterm_ends_dev_cleanly_and_the_next_start_finds_everything() {
    let home = Home::new();
    let backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.create_user("alice", &["engineer"]);
    home.wait_for_status(&id, "pending_confirmation");
    let token = home.text(&["token", "--role", "owner"]);
    let kept = |home: &Home| {
        let lists = [["user", "list"], ["role", "list"]].map(|list| home.json(&list));
        (lists, home.json(&["user", "show", &id]), home.events(&id), home.mails())
    };
    let before = kept(&home);

    let (port, (status, last_words)) = (backend.port, backend.terminate());
    assert_eq!(status.code(), Some(0));
    assert!(last_words.contains("Stopping"), "{last_words}");

    let backend = Backend::start_at(port, &home);
    assert_eq!(kept(&home), before);
    assert_eq!(Client::new(backend.url(), token.trim()).get("/v1/users").unwrap().0, 200);
}

#[test]
fn a_second_dev_on_one_folder_is_refused() {
    let home = Home::new();
    let first = Backend::start(&home);
    let second = home.run(&["dev", "--port", "0"]);
    assert_eq!((second.code, second.stdout.as_str()), (Some(1), ""));
    let said = format!(
        "rollcall: another `rollcall dev` uses {}; end it or choose another --data\n",
        home.folder().display()
    );
    assert_eq!(second.stderr, said);
    assert_eq!(home.json(&["user", "list"])["items"].as_array().unwrap().len(), 0, "{}", first.url());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = Home::new().run(&["dev", "--port", &port.to_string()]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.starts_with(&format!("rollcall: port {port} cannot be had"))
            && refused.stderr.contains("choose another with --port"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let home = Home::new();
    let file = home.folder().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = rollcall().args(["dev", "--port", "0", "--data"]).arg(file.join("data")).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&format!("{} cannot be made", file.join("data").display())), "{said}");
}
