//! What it costs to judge a condition, before it is judged. Its text does not bound that: whatever it names for
//! each entry of a list is copied whole, each time.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, operators};

use super::shape::ROOTS;

/// How many bytes the judging of one condition may copy and compare: some 2 to 7 ns each in a component.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// A list that a condition writes down has no more entries than its text has marks.
const LONGEST_WRITTEN: u64 = 320;

/// How much a condition sees.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// Bytes of each root, as JSON, in the order of [`ROOTS`].
    pub bytes: [u64; ROOTS.len()],
    /// Entries of the longest list or object.
    pub longest: u64,
}

/// How often a condition names something for each entry of a list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// Each root, in the order of [`ROOTS`].
    roots: [u64; ROOTS.len()],
    /// What was added up of the entries before.
    added_up: u64,
}

impl Cost {
    /// Of a parsed condition.
    pub fn of(expression: &IdedExpr) -> Self {
        let mut cost = Self::default();
        cost.count(expression, false);
        cost
    }

    /// Whether it may be judged, seeing so much.
    pub fn fits(self, seen: Seen) -> bool {
        let roots = self.roots.iter().zip(seen.bytes);
        let named: u64 = roots.map(|(times, bytes)| times * bytes).sum();
        let all: u64 = seen.bytes.iter().sum();
        let each = named + self.added_up * all;
        each.saturating_mul(seen.longest.max(LONGEST_WRITTEN)) <= MOST_BYTES
    }

    fn count(&mut self, of: &IdedExpr, within: bool) {
        match &of.expr {
            Expr::Ident(name) if within => {
                let mut roots = ROOTS.iter().zip(&mut self.roots);
                if let Some((_, times)) = roots.find(|((root, _), _)| root == name) {
                    *times += 1;
                }
            }
            Expr::Select(select) => self.count(&select.operand, within),
            Expr::Call(call) => {
                if within && call.func_name == operators::ADD {
                    self.added_up += 1;
                }
                for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                    self.count(part, within);
                }
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.count(element, within);
                }
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.count(&entry.key, within);
                        self.count(&entry.value, within);
                    }
                }
            }
            Expr::Comprehension(list) => {
                self.count(&list.iter_range, within);
                for part in [
                    &list.accu_init,
                    &list.loop_cond,
                    &list.loop_step,
                    &list.result,
                ] {
                    self.count(part, true);
                }
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, bytes: [u64; 4], longest: u64, expected: bool) {
        let program = cel::Program::compile(condition).unwrap();
        let fits = Cost::of(program.expression()).fits(Seen { bytes, longest });
        assert_eq!(fits, expected, "{condition} {bytes:?} {longest}");
    }

    #[test]
    fn what_copies_too_much_for_each_entry_is_not_judged() {
        const KIB: u64 = 1024;
        let shared = "resource.properties.readers.exists(r, r in subject.properties.groups)";
        check(shared, [KIB, 40 * KIB, 0, 0], 1_000, true);
        check(shared, [16 * KIB, 16 * KIB, 0, 0], 1_000, true);
        check(shared, [32 * KIB, 32 * KIB, 0, 0], 1_000, false);
        let again = "context.l.all(x, context == context && context == context)";
        check(again, [0, 0, 0, KIB], 1_000, true);
        check(again, [0, 0, 0, 32 * KIB], 1_000, false);
        check(
            "size(context.l.filter(x, x > 1)) == 1",
            [0, 0, 0, 64 * KIB],
            1_000,
            false,
        );
        check(
            "size(context.l.filter(x, x > 1)) == 1",
            [0, 0, 0, 8 * KIB],
            1_000,
            true,
        );
        // Without a list that is gone through, anything that may be stored.
        let once = "context == context || context.a in context.b";
        check(once, [0, 0, 0, 64 * KIB], 30_000, true);
        // An object may have more entries than a list.
        check(
            "context.m.exists(k, k == context.a)",
            [0, 0, 0, 64 * KIB],
            9_000,
            false,
        );
    }
}
