//! The XML of AWS's Query protocol: elements in elements, and texts.

use xmlparser::{ElementEnd, Token, Tokenizer};

/// An element with what is in it. Attributes are left out: AWS says nothing in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// `None` for what is no XML, or not whole.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut open = vec![Self::default()];
        for token in Tokenizer::from(text) {
            match token.ok()? {
                Token::ElementStart { local, .. } => {
                    open.push(Self { name: local.as_str().to_owned(), ..Self::default() });
                }
                Token::Text { text } => open.last_mut()?.text += &unescaped(text.as_str())?,
                Token::Cdata { text, .. } => open.last_mut()?.text += text.as_str(),
                Token::ElementEnd { end: ElementEnd::Open, .. } => {}
                Token::ElementEnd { end: ElementEnd::Empty, .. } => close(&mut open)?,
                Token::ElementEnd { end: ElementEnd::Close(_, name), .. } => {
                    if open.last()?.name != name.as_str() {
                        return None;
                    }
                    close(&mut open)?;
                }
                Token::Declaration { .. }
                | Token::ProcessingInstruction { .. }
                | Token::Comment { .. }
                | Token::DtdStart { .. }
                | Token::EmptyDtd { .. }
                | Token::EntityDeclaration { .. }
                | Token::DtdEnd { .. }
                | Token::Attribute { .. } => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(root), true) => root.children.into_iter().next(),
            (Some(_) | None, _) => None,
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; none where it is missing or empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        Some(self.child(name)?.text.trim()).filter(|text| !text.is_empty())
    }

    /// The members of a list.
    pub(crate) fn members(&self, list: &str) -> impl Iterator<Item = &Self> {
        self.child(list).into_iter().flat_map(|list| list.children.iter().filter(|one| one.name == "member"))
    }
}

/// Puts the innermost open element into the one around it.
fn close(open: &mut Vec<Element>) -> Option<()> {
    let done = open.pop()?;
    open.last_mut()?.children.push(done);
    Some(())
}

fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';')?;
        plain += before;
        plain.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            number => character(number)?,
        });
        rest = after;
    }
    Some(plain + rest)
}

fn character(entity: &str) -> Option<char> {
    let number = entity.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_texts_are_read() {
        let answer = Element::parse(
            "<?xml version=\"1.0\"?>\n<R xmlns=\"http://x/\">\n  <Outputs>\n    <member><K>a &amp; b&#x21;</K>\
             <V/></member>\n    <member><K>c</K></member>\n  </Outputs>\n</R>\n",
        )
        .unwrap();
        let keys: Vec<_> = answer.members("Outputs").map(|member| member.text_of("K")).collect();
        assert_eq!((answer.name.as_str(), keys), ("R", vec![Some("a & b!"), Some("c")]));
        assert_eq!(answer.members("Outputs").next().unwrap().text_of("V"), None);
        assert_eq!(answer.members("Nothing").count(), 0);
    }

    #[test]
    fn what_is_not_whole_is_none() {
        for text in
            ["", "hello", "<a>", "<a><b></a></b>", "<a></b>", "<a>&nbsp;</a>", "<a>&#xD800;</a>", "</a>"]
        {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }
}
