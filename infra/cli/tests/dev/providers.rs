//! A backend that accepts the tokens of somebody else's provider, which here is another backend's issuer.

use crate::rollcall::{Backend, Client, Home, rollcall};

#[test]
fn the_tokens_of_another_provider_are_found_good_by_discovery() {
    let (theirs, ours) = (Home::new(), Home::new());
    let provider = Backend::start(&theirs);
    let backend = Backend::start_with_provider(&ours, &provider.url(), "rollcall");
    assert!(backend.welcome.contains(&provider.url()), "{}", backend.welcome);

    let token = theirs.text(&["token", "--role", "owner"]);
    assert_eq!(Client::new(backend.url(), token.trim()).get("/v1/users").unwrap().0, 200);
    ours.text(&["role", "create", "engineer", "--token", token.trim()]);

    let refused = "rollcall: the backend accepts the tokens of http://127.0.0.1:";
    ours.refused(&["token", "--role", "owner"], refused);
    ours.refused(&["user", "list"], refused);
}

#[test]
fn a_token_for_another_audience_or_of_the_local_issuer_is_refused() {
    let (theirs, ours) = (Home::new(), Home::new());
    let provider = Backend::start(&theirs);
    let local = Backend::start(&ours);
    let own = ours.text(&["token", "--role", "owner"]);
    assert_eq!(local.terminate().0.code(), Some(0));
    let backend = Backend::start_with_provider(&ours, &provider.url(), "payroll");

    for (token, why) in
        [(theirs.text(&["token", "--role", "owner"]), "another audience"), (own, "not one of the issuer's")]
    {
        let (status, body) = Client::new(backend.url(), token.trim()).get("/v1/users").unwrap();
        assert_eq!(status, 401, "{body}");
        assert!(body["detail"].as_str().unwrap().contains(why), "{body}");
    }
}

#[test]
fn a_provider_that_could_never_be_trusted_is_refused_at_once() {
    let home = Home::new();
    home.refused(
        &["dev", "--port", "0", "--issuer", "http://id.example.com", "--audience", "rollcall"],
        "rollcall: the issuer http://id.example.com is not an https URL",
    );
    for half in [["--issuer", "https://id.example.com"], ["--audience", "rollcall"]] {
        let said = rollcall().arg("dev").args(half).output().unwrap();
        assert_eq!(said.status.code(), Some(2), "{half:?}");
    }
}
