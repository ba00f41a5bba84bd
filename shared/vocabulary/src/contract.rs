//! The types of this crate as the contract describes them. Everything in a check that OpenAPI can express is here,
//! and must match the check.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Type,
        schema::{Schema, SchemaFormat},
    },
};

macro_rules! described {
    ($($name:ident($description:literal) = |$text:ident| $schema:expr;)*) => {$(
        #[doc = $description]
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let $text = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description));
                $schema.build().into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

/// A DNS label in lower case.
macro_rules! label {
    () => {
        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    };
}

/// The same in any case.
macro_rules! any_label {
    () => {
        "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    };
}

/// An atom (RFC 5322, section 3.2.3).
macro_rules! atom {
    () => {
        "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    };
}

/// The characters of a path, a query or a fragment (RFC 3986, section 3.3), and those in `$more`.
macro_rules! url_characters {
    ($more:literal) => {
        concat!("([A-Za-z0-9._~!$&'()*+,;=:@", $more, "-]|%[0-9A-Fa-f]{2})*")
    };
}

/// A text that is not blank and has no control characters.
macro_rules! line {
    () => {
        r"[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*"
    };
}

/// A text without control characters that is not `*`.
macro_rules! one_of_many {
    () => {
        r"^([^*\x00-\x1F\x7F-\x9F]|[^\x00-\x1F\x7F-\x9F]{2})[^\x00-\x1F\x7F-\x9F]*$"
    };
}

described! {
    Slug("3 to 50 of a-z, 0-9 and -, with a letter or digit at both ends, and not a UUID.") = |text| text
        .pattern(Some("^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$"))
        .examples(["acme"]);
    SlugOrId("A slug, or a UUID in its hyphenated form.") = |text| text
        .pattern(Some(
            "^([a-z0-9][a-z0-9-]{1,48}[a-z0-9]|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
        ))
        .examples(["acme"]);
    Uuid("A UUID in its hyphenated form.") = |text| text
        .format(Some(SchemaFormat::Custom("uuid".to_owned())));
    Moment("A time in RFC 3339 format, with any offset and without leap seconds.") = |text| text
        .format(Some(SchemaFormat::Custom("date-time".to_owned())));
    Name("1 to 200 characters, no control characters, not blank.") = |text| text
        .pattern(Some(concat!("^", line!(), "$")))
        .min_length(Some(1))
        .max_length(Some(200));
    Category("As for a name, or empty.") = |text| text
        .pattern(Some(concat!("^(", line!(), ")?$")))
        .max_length(Some(200));
    Description("At most 2,000 characters, no control characters but line breaks.") = |text| text
        .pattern(Some(r"^[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"))
        .max_length(Some(2_000));
    Reason("At most 1,000 characters, no control characters but line breaks.") = |text| text
        .pattern(Some(r"^[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"))
        .max_length(Some(1_000));
    ExternalId("1 to 255 characters, no control characters.") = |text| text
        .pattern(Some(r"^[^\x00-\x1F\x7F-\x9F]*$"))
        .min_length(Some(1))
        .max_length(Some(255))
        .examples(["alice"]);
    GroupPath("The names of the groups from the topmost one down to this one, each after a /; the path of a group within the organization begins with organization:. In a name, ~/ is a slash and ~~ a tilde.") = |text| text
        .pattern(Some(r"^(organization:)?(/([^~/\x00-\x1F\x7F-\x9F]|~[~/])+)+$"))
        .min_length(Some(2))
        .max_length(Some(1_000))
        .examples(["/editors/chief"]);
    WebUrl("An absolute http or https URL with a host and without user information.") = |text| text
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .pattern(Some(concat!(
            r"^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?",
            "(/", url_characters!("/"), ")?",
            r"(\?", url_characters!("/?"), ")?",
            "(#", url_characters!("/?"), ")?$",
        )))
        .max_length(Some(2_000))
        .examples(["https://drive.example/api"]);
    Email("A mailbox of RFC 5321 without quoted strings and address literals: at most 64 characters, @, and a domain in ASCII.") = |text| text
        .format(Some(SchemaFormat::Custom("email".to_owned())))
        .pattern(Some(concat!(
            "^", atom!(), r"(\.", atom!(), ")*@", any_label!(), r"(\.", any_label!(), ")*$",
        )))
        .max_length(Some(254))
        .examples(["alice@acme.example"]);
    Domain("A DNS name in lower case.") = |text| text
        .pattern(Some(concat!("^(", label!(), r"\.)+", label!(), "$")))
        .max_length(Some(253))
        .examples(["acme.example"]);
    ResourceType("1 to 100 characters, no control characters, and not * alone.") = |text| text
        .pattern(Some(one_of_many!()))
        .min_length(Some(1))
        .max_length(Some(100))
        .examples(["document"]);
    ResourceId("1 to 255 characters, no control characters, and not * alone.") = |text| text
        .pattern(Some(one_of_many!()))
        .min_length(Some(1))
        .max_length(Some(255))
        .examples(["7"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Invalid;

    /// The contract and the check accept and refuse the same texts.
    #[track_caller]
    fn check<T: PartialSchema>(check: fn(&str) -> Result<&str, Invalid>, texts: &[&str]) {
        let RefOr::T(Schema::Object(schema)) = T::schema() else {
            panic!("a schema of its own");
        };
        let pattern = regex::Regex::new(schema.pattern.as_deref().unwrap()).unwrap();
        let lengths = schema.min_length.unwrap_or(0)..=schema.max_length.unwrap_or(usize::MAX);
        for text in texts {
            let described = lengths.contains(&text.chars().count()) && pattern.is_match(text);
            assert_eq!(described, check(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn the_contract_refuses_what_the_checks_refuse() {
        check::<Slug>(
            |text| crate::Slug::try_from(text).map(|_| text),
            &[
                "acme", "a-1", "ac", "-acme", "acme-", "Acme", "acmé", "a\n", "",
            ],
        );
        let long = "x".repeat(201);
        let names = [
            "a",
            "",
            " ",
            "\u{3000}",
            " a ",
            "a\tb",
            "a\u{85}",
            "Zoë 文件",
            &long,
        ];
        check::<Name>(crate::name, &names);
        check::<Category>(crate::category, &names);
        check::<Description>(
            crate::description,
            &["", "a\r\nb", "a\tb", "\u{7f}", "\u{9f}"],
        );
        let long = "é".repeat(1_001);
        check::<Reason>(crate::reason, &["", "a\r\nb", "a\tb", &long[2..], &long]);
        let long = "é".repeat(256);
        let users = ["alice", "a b", "*", "", "a\tb", "\u{85}", &long[2..], &long];
        check::<ExternalId>(crate::external_id, &users);
        let long = format!("/{}", "é".repeat(1_000));
        let paths = [
            "/a",
            "/a/b~/c~~",
            "organization:/a b/c",
            "",
            "/",
            "a",
            "//",
            "/a/",
            "/~",
            "/~a",
            "/a\tb",
            "organization:",
            "organization:a",
            &long,
            &long[..1_999],
        ];
        check::<GroupPath>(crate::group_path, &paths);
        check::<WebUrl>(
            crate::web_url,
            &[
                "https://drive.example.com/api",
                "HTTPS://Drive.example/%7Ea?b=/?#c",
                "http://127.0.0.1:8080",
                "https://[::1]/",
                "https://a:/",
                "https://",
                "https:///path",
                "ftp://a",
                r"https://good.example\@evil.example",
                "https://alice@drive.example",
                "https://a/%4",
                "https://a/[",
                "https://a#b#c",
                "https://a b",
                "https://a/\n",
            ],
        );
        check::<Email>(
            crate::email,
            &[
                "alice@acme.example",
                "a@b",
                "a..b@c",
                "a@b@c",
                "a@b.",
                "a@[::1]",
                "é@a",
                "a@-b",
            ],
        );
        let words = [
            "doc", "*", "**", "*a", "a*", "", "a\n", "\u{85}", "é 文", &long,
        ];
        check::<ResourceType>(crate::stored_type, &words);
        check::<ResourceId>(crate::stored_id, &words);
        check::<Domain>(
            crate::domain,
            &[
                "acme.example",
                "acme",
                "Acme.example",
                "a..b",
                "-a.b",
                "a-.b",
                "a.b-c.d",
            ],
        );
    }
}
