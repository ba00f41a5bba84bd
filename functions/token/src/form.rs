//! Forms (`application/x-www-form-urlencoded`) as OAuth defines them: RFC 6749, appendix B and section 3.2.

use std::fmt;

/// The media type of forms.
pub const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Why a form is refused, in a text for its sender.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unfit(pub &'static str);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A form's parameters. Unknown ones are ignored.
#[derive(Debug)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Parses a body with its `Content-Type`.
    pub fn read(content_type: &[String], body: &[u8]) -> Result<Self, Unfit> {
        let media_type = match content_type {
            [one] => one.split(';').next().unwrap_or_default().trim(),
            _ => "",
        };
        if !media_type.eq_ignore_ascii_case(MEDIA_TYPE) {
            return Err(Unfit(
                "Content-Type must be application/x-www-form-urlencoded",
            ));
        }
        if !is_well_escaped(body) {
            return Err(Unfit("the form is not valid"));
        }
        let parameters: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
        // Bytes that are not UTF-8 were replaced.
        let is_text = |text: &str| !text.contains(char::REPLACEMENT_CHARACTER);
        if !parameters
            .iter()
            .all(|(name, value)| is_text(name) && is_text(value))
        {
            return Err(Unfit("the form is not valid"));
        }
        Ok(Self(parameters))
    }

    /// The value of an optional parameter; an empty value counts as absent. White space around it, which no token
    /// has, is ignored: a shell may add some when it reads a token from a file.
    pub fn optional(&self, name: &str, repeated: &'static str) -> Result<Option<&str>, Unfit> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Unfit(repeated)),
            (found, None) => Ok(found
                .map(|(_, value)| value.trim())
                .filter(|value| !value.is_empty())),
        }
    }
}

/// Whether each `%` begins the two hexadecimal digits of a byte.
fn is_well_escaped(body: &[u8]) -> bool {
    let mut parts = body.split(|byte| *byte == b'%');
    parts.next();
    parts.all(|part| {
        part.split_at_checked(2)
            .is_some_and(|(digits, _)| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// A form with a token (RFC 7009, section 2.1; RFC 7662, section 2.1).
#[derive(Debug, Eq, PartialEq)]
pub struct TokenForm {
    /// The token.
    pub token: String,
    /// The kind of the token according to its sender, who may be wrong.
    pub hint: Option<String>,
}

impl TokenForm {
    /// Parses a body with its `Content-Type`.
    pub fn read(content_type: &[String], body: &[u8]) -> Result<Self, Unfit> {
        let form = Form::read(content_type, body)?;
        let hint = form.optional("token_type_hint", "token_type_hint is sent more than once")?;
        let token = form
            .optional("token", "token is sent more than once")?
            .ok_or(Unfit("token is missing"))?;
        Ok(Self {
            token: token.to_owned(),
            hint: hint.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &[&str], body: &[u8]) -> Result<(String, Option<String>), &'static str> {
        let kinds: Vec<_> = kind.iter().map(|&kind| kind.to_owned()).collect();
        let form = TokenForm::read(&kinds, body);
        form.map(|form| (form.token, form.hint))
            .map_err(|Unfit(fault)| fault)
    }

    #[track_caller]
    fn fits(body: &str, token: &str, hint: Option<&str>) {
        let expected = (token.to_owned(), hint.map(str::to_owned));
        assert_eq!(read(&[MEDIA_TYPE], body.as_bytes()), Ok(expected), "{body}");
    }

    #[test]
    fn what_is_sent_is_decoded() {
        fits("token=a.b.c", "a.b.c", None);
        fits("token=a%2Eb+c%20d&other=1", "a.b c d", None);
        fits(
            "token_type_hint=access_token&token=a",
            "a",
            Some("access_token"),
        );
        fits("&&token=%C3%A9&token_type_hint=", "é", None);
        fits("token=a=b", "a=b", None);
        for spaced in ["token=a.b.c\n", "token=+a.b.c", "token=%09a.b.c%0D%0A+"] {
            fits(spaced, "a.b.c", None);
        }
    }

    #[test]
    fn what_is_missing_repeated_or_unreadable_is_told() {
        let refused = |body: &[u8]| read(&[MEDIA_TYPE], body).unwrap_err();
        for missing in [
            "",
            "token",
            "token=",
            "token=+%0A",
            "Token=a",
            "token_type_hint=x",
        ] {
            assert_eq!(refused(missing.as_bytes()), "token is missing", "{missing}");
        }
        for repeated in ["token=a&token=a", "token=a&token=", "token=&token=a"] {
            assert_eq!(
                refused(repeated.as_bytes()),
                "token is sent more than once",
                "{repeated}"
            );
        }
        let hints = b"token=a&token_type_hint=a&token_type_hint=b";
        assert_eq!(refused(hints), "token_type_hint is sent more than once");
        let unreadable: [&[u8]; 6] = [
            b"token=%",
            b"token=%2",
            b"token=%zz",
            b"token=%FF",
            b"token=\xff",
            b"a=%C3&token=a",
        ];
        for body in unreadable {
            assert_eq!(refused(body), "the form is not valid", "{body:?}");
        }
    }

    #[test]
    fn another_media_type_is_no_form() {
        let kind = |kinds: &[&str]| read(kinds, b"token=a").is_ok();
        assert!(kind(&["Application/X-WWW-Form-Urlencoded; charset=UTF-8"]));
        for other in [
            &[][..],
            &["application/json"],
            &["application/x-www-form-urlencodedx"],
            &["multipart/form-data"],
            &[MEDIA_TYPE, MEDIA_TYPE],
        ] {
            assert!(!kind(other), "{other:?}");
        }
    }
}
