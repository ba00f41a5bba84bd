//! What is configured of an identity provider whose keys are not.

use std::time::Duration;

use vocabulary::Slug;

/// Who signs tokens, for whom they must be and how long they may live, and where its keys are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Description {
    /// Its slug.
    pub slug: Slug,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// What must be in their `aud`.
    pub audience: String,
    /// How long its tokens may live: as long as every provider's.
    pub longest_token: Duration,
    /// Where it is not the issuer's own document that says it.
    pub keys_at: Option<String>,
}

impl Description {
    /// Where the keys come from. A set from elsewhere is none of this provider's.
    pub fn source(&self) -> &str {
        self.keys_at.as_deref().unwrap_or(&self.issuer)
    }
}
