//! The slots of providers and transmitters: the numbers in the names of their variables.

use vocabulary::Invalid;

use crate::{fault::shown, row::Row};

/// The provider, or the transmitter, that the variables without a number describe.
pub const DEFAULT: &str = "default";

/// Reads a slot.
pub fn slot(text: &str) -> Result<&str, Invalid> {
    matches!(text, "1" | "2" | "3" | "4")
        .then_some(text)
        .ok_or(Invalid("2, 3 or 4, or 1 for default"))
}

/// Reports a row whose slot is that of `default` though its slug is another one, or the other way round.
pub fn check(row: &mut Row<'_>) {
    let is_default = row.text("slug") == Some(DEFAULT);
    match row.text("slot") {
        Some("1") if !is_default => {
            row.wrong(
                "slot",
                "\"1\", expected 2, 3 or 4, as 1 is the slot of default",
            );
        }
        Some(slot) if is_default && slot != "1" => {
            row.wrong("slot", format!("{}, expected 1 for default", shown(slot)));
        }
        _ => {}
    }
}
