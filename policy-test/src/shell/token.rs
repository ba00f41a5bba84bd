//! The token, which is never printed.

use std::fmt;
use std::path::Path;

use super::Failure;

/// The variable with the token if no file is named.
const VARIABLE: &str = "SHELL_TOKEN";
/// The maximum size of a file with a token, in bytes.
const LARGEST: usize = 64 * 1024;

/// A token as it is sent.
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// Reads the token from the file, or else from the environment.
    pub fn find(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else {
            let text = std::env::var(VARIABLE).map_err(|_| {
                Failure::new(
                    "there is no token",
                    "put it into SHELL_TOKEN, or name a file with --token-file",
                )
            })?;
            return Self::new(&text);
        };
        // The error does not name the file: a user may have passed the token itself by mistake.
        let text = std::fs::read_to_string(file).map_err(|error| {
            let what = format!("the file of --token-file cannot be read ({})", error.kind());
            Failure::new(what, "name a file that contains only the token")
        })?;
        Self::new(&text)
    }

    /// Checks a text, which may end in a line break.
    pub fn new(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let fits = !text.is_empty()
            && text.len() <= LARGEST
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            return Err(Failure::new(
                "the token is not valid",
                "it is one word of ASCII, as the identity provider gives it",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The value of the header `Authorization`.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// A text from outside, with the token removed.
    pub fn kept_out_of(&self, text: &str) -> String {
        text.replace(&self.0, "[token]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(Token::new(" e.y.J\n").unwrap().header(), "Bearer e.y.J");
        for text in ["", " \n", "two words", "a\nb", "é", "a\u{0}"] {
            let failure = Token::new(text).unwrap_err();
            assert!(text.trim().is_empty() || !failure.to_string().contains(text));
        }
    }

    #[test]
    fn nobody_is_shown_it() {
        let token = Token::new("secret").unwrap();
        assert!(!format!("{token:?}").contains("secret"));
        assert_eq!(
            token.kept_out_of("not secret: secret"),
            "not [token]: [token]"
        );
        let failure = Token::find(Some(Path::new("/eyJ.secret"))).unwrap_err();
        assert!(!failure.to_string().contains("secret"), "{failure}");
    }
}
