use std::net::IpAddr;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};

use super::{Reach, is_reachable};

/// Resolves names as the machine does, and hands on the addresses that requests may go to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver {
    pub(super) reach: Reach,
}

/// A name leads to addresses, and to none that requests may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NotPublic;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            // The port is the connection's matter.
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            reachable(found.map(|socket| socket.ip()), self.reach).map_err(ResolveDnsError::new)
        })
    }
}

fn reachable(found: impl Iterator<Item = IpAddr>, reach: Reach) -> Result<Vec<IpAddr>, NotPublic> {
    let reachable: Vec<IpAddr> = found.filter(|address| is_reachable(*address, reach)).collect();
    if reachable.is_empty() { Err(NotPublic) } else { Ok(reachable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_addresses_of_a_name_only_the_public_ones_are_handed_on() {
        let addresses =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let of = |texts: &[&str], reach| reachable(addresses(texts).into_iter(), reach);
        let mixed = ["10.0.0.1", "8.8.8.8", "::1"];
        assert_eq!(of(&mixed, Reach::Public), Ok(addresses(&["8.8.8.8"])));
        assert_eq!(of(&mixed, Reach::PublicAndLoopback), Ok(addresses(&["8.8.8.8", "::1"])));
        assert_eq!(of(&["10.0.0.1", "127.0.0.1"], Reach::Public), Err(NotPublic));
        assert_eq!(of(&[], Reach::Public), Err(NotPublic));
    }
}
