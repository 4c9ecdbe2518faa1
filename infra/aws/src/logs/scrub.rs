use std::borrow::Cow;

/// What stands where an address stood.
const HIDDEN: &str = "(an address)";

/// A text without whatever has the form of an e-mail address. A net below the rule that none is logged: other
/// people's errors quote what they were given.
pub(super) fn scrub(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return text.into();
    }
    let (mut scrubbed, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('@') {
        let domain = &after[..after.find(|c: char| !is_of_a_domain(c)).unwrap_or(after.len())];
        let local = before
            .rfind(is_between)
            .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
        if local < before.len() && is_domain(domain) {
            scrubbed.push_str(&before[..local]);
            scrubbed.push_str(HIDDEN);
            rest = &after[domain.len()..];
        } else {
            scrubbed.push_str(before);
            scrubbed.push('@');
            rest = after;
        }
    }
    scrubbed.push_str(rest);
    scrubbed.into()
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || "<>()[]\"',;:=".contains(c)
}

fn is_of_a_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '.'
}

/// The commit of a stream, `acme#user#…@3`, has no dot behind the sign.
fn is_domain(text: &str) -> bool {
    text.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_form_are_hidden() {
        for (text, scrubbed) in [
            ("550 <alice@example.com>: no such user", "550 <(an address)>: no such user"),
            ("to Zoe+Work@Bücher.example, \"b.c\"@d.example", "to (an address), \"b.c\"@d.example"),
            ("email=a@b.c", "email=(an address)"),
            ("a@b.c and d@e.f", "(an address) and (an address)"),
        ] {
            assert_eq!(scrub(text), scrubbed, "{text}");
        }
    }

    #[test]
    fn commits_and_generations_are_not_taken_for_addresses() {
        for text in
            ["acme#user#0193@3", "user_directory@1#acme#role#a.b", "@", "a@", "@b.c", "user.created@1"]
        {
            assert_eq!(scrub(text), text);
        }
    }
}
