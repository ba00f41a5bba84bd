//! How much a run may delete without `--force`.

/// Up to so many objects of a kind are deleted without `--force`, unless they are all that are known.
const FEW: u64 = 10;

/// Up to this part of the objects that came from the provider is deleted without `--force`, too: one in so many.
const PART: u64 = 20;

/// Whether deleting so many of the known objects needs `--force`: if they are more than a few and more than a
/// twentieth, or if they are all of several, as they are if the realm is the wrong one.
pub fn needs_force(gone: u64, known: u64) -> bool {
    let are_many = gone > FEW && gone.saturating_mul(PART) > known;
    let are_all = known > 1 && gone >= known;
    are_many || are_all
}

/// Whether the realm seems to have been imported again: no known user exists any more, and others do.
pub fn seems_imported_anew(gone: u64, known: u64, found: u64) -> bool {
    known > 0 && gone >= known && found > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_ten_and_more_than_five_percent() {
        for (gone, known, expected) in [
            (0, 0, false),
            (10, 11, false),
            (11, 12, true),
            (11, 219, true),
            (11, 220, false),
            (50, 1_000, false),
            (51, 1_000, true),
            (u64::MAX, 1, true),
        ] {
            assert_eq!(needs_force(gone, known), expected, "{gone} of {known}");
        }
    }

    #[test]
    fn or_all_of_several() {
        for (gone, known, expected) in [
            (1, 1, false),
            (1, 2, false),
            (2, 2, true),
            (10, 10, true),
            (3, 2, true),
        ] {
            assert_eq!(needs_force(gone, known), expected, "{gone} of {known}");
        }
    }

    #[test]
    fn other_identifiers_for_everybody() {
        assert!(seems_imported_anew(3, 3, 3));
        assert!(!seems_imported_anew(3, 3, 0));
        assert!(!seems_imported_anew(2, 3, 1));
        assert!(!seems_imported_anew(0, 0, 5));
    }
}
