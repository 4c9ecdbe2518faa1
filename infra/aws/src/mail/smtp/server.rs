use std::{borrow::Cow, fmt};

use lettre::transport::smtp::{
    SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
    authentication::Credentials,
    client::{Tls, TlsParameters},
    extension::ClientId,
};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Where mails are handed in, and as whom.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) hello: ClientId,
    pub(super) credentials: Option<Credentials>,
}

/// Not a URL that a server can be reached by. It is not shown: there may be a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the URL of an SMTP server: {0}")]
pub struct BadSmtpUrl(&'static str);

impl Server {
    /// Reads a URL as lettre's own transport does.
    pub(super) fn parse(url: &str) -> Result<Self, BadSmtpUrl> {
        let url = Url::parse(url).map_err(|_| BadSmtpUrl("it cannot be read"))?;
        let host = match url.host().ok_or(BadSmtpUrl("it names no host"))? {
            Host::Domain(name) if !name.is_empty() => name.to_owned(),
            Host::Domain(_) => return Err(BadSmtpUrl("it names no host")),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let tls = url.query_pairs().find_map(|(key, value)| (key == "tls").then_some(value));
        let parameters =
            || TlsParameters::new(host.clone()).map_err(|_| BadSmtpUrl("TLS cannot be set up for its host"));
        let (tls, usual_port) = match (url.scheme(), tls.as_deref()) {
            ("smtps", _) => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
            ("smtp", None) => (Tls::None, SMTP_PORT),
            ("smtp", Some("required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
            ("smtp", Some("opportunistic")) => (Tls::Opportunistic(parameters()?), SUBMISSION_PORT),
            ("smtp", Some(_)) => return Err(BadSmtpUrl("tls is required, opportunistic or not there")),
            _ => return Err(BadSmtpUrl("it begins with neither smtp:// nor smtps://")),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                Some(Credentials::new(decode(user)?, decode(password)?))
            }
            _ => return Err(BadSmtpUrl("user and password come together")),
        };
        // Whoever stands between could read them, or have TLS left out.
        let may_be_read = matches!(tls, Tls::None | Tls::Opportunistic(_)) && !is_this_machine(&host);
        if credentials.is_some() && may_be_read {
            return Err(BadSmtpUrl("credentials need smtps:// or tls=required"));
        }
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        Ok(Self { port: url.port().unwrap_or(usual_port), host, tls, hello, credentials })
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn decode(text: &str) -> Result<String, BadSmtpUrl> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| BadSmtpUrl("user or password is not UTF-8"))
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> (String, u16, &'static str) {
        let server = Server::parse(url).unwrap();
        let tls = match server.tls {
            Tls::None => "none",
            Tls::Opportunistic(_) => "opportunistic",
            Tls::Required(_) => "required",
            Tls::Wrapper(_) => "from the start",
        };
        (server.host, server.port, tls)
    }

    #[test]
    fn the_url_says_host_port_and_tls() {
        assert_eq!(read("smtp://mail.example.com"), ("mail.example.com".into(), 25, "none"));
        assert_eq!(read("smtp://127.0.0.1:3025"), ("127.0.0.1".into(), 3025, "none"));
        assert_eq!(read("smtp://[::1]:3025"), ("::1".into(), 3025, "none"));
        assert_eq!(read("smtp://h.example?tls=required"), ("h.example".into(), 587, "required"));
        assert_eq!(read("smtp://h.example?tls=opportunistic"), ("h.example".into(), 587, "opportunistic"));
        assert_eq!(read("smtps://u:p@h.example"), ("h.example".into(), 465, "from the start"));
    }

    #[test]
    fn user_and_password_are_percent_encoded_and_the_path_is_the_name_for_hello() {
        let server = Server::parse("smtps://a%40example.com:p%3A%2F%3F@h.example/client.example").unwrap();
        assert_eq!(server.credentials, Some(Credentials::new("a@example.com".into(), "p:/?".into())));
        assert_eq!(server.hello, ClientId::Domain("client.example".into()));
    }

    #[test]
    fn what_is_no_server_is_refused_and_not_shown() {
        for url in [
            "",
            "h.example",
            "smtp://u:p@h.example",
            "smtp://u:p@h.example?tls=opportunistic",
            "smtp://",
            "smtp:///s3cret",
            "http://u:s3cret@h.example",
            "smtp://u:s3cret@h.example?tls=maybe",
            "smtp://u:s3cret@h.example:99999",
            "smtp://s3cret@h.example",
            "smtps://u:s3cret%FF@h.example",
            "smtps://u:s3cret@not a host",
        ] {
            let error = Server::parse(url).map(drop).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{url}: {error}");
        }
    }

    #[test]
    fn debug_does_not_show_the_password() {
        let server = Server::parse("smtps://user:s3cret@h.example").unwrap();
        assert_eq!(format!("{server:?}"), "h.example:465");
    }
}
