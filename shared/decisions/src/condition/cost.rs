//! The cost of evaluating a condition, estimated in advance. The length of its text does not bound the cost: everything
//! that it names for each entry of a list is copied as a whole, each time.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, operators};

use super::shape::ROOTS;

/// How many bytes the judging of one condition may copy and compare for the entries of lists: some 2 to 7 ns each
/// in a component.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// And all that of the conditions of one question: lines have no end.
pub const MOST_BYTES_TOGETHER: u64 = 8 * MOST_BYTES;

/// What a condition costs that copies nothing, in such bytes.
const LEAST: u64 = 4 * 1024;

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

/// How often a condition names something.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// Each root, in the order of [`ROOTS`], once for all.
    once: [u64; ROOTS.len()],
    /// The same for each entry of a list.
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

    /// What it costs to judge it, seeing so much; nothing where that is too much for one condition.
    pub fn seeing(self, seen: Seen) -> Option<u64> {
        let named = |times: [u64; ROOTS.len()]| -> u64 {
            let roots = times.iter().zip(seen.bytes);
            roots.map(|(times, bytes)| times * bytes).sum()
        };
        let all: u64 = seen.bytes.iter().sum();
        let each = named(self.roots) + self.added_up * all;
        let entries = each.saturating_mul(seen.longest.max(LONGEST_WRITTEN));
        (entries <= MOST_BYTES).then(|| LEAST + named(self.once) + entries)
    }

    fn count(&mut self, of: &IdedExpr, within: bool) {
        match &of.expr {
            Expr::Ident(name) => {
                let times = if within {
                    &mut self.roots
                } else {
                    &mut self.once
                };
                let mut roots = ROOTS.iter().zip(times);
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
            Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, bytes: [u64; 4], longest: u64, expected: bool) {
        let program = cel::Program::compile(condition).unwrap();
        let cost = Cost::of(program.expression()).seeing(Seen { bytes, longest });
        assert_eq!(cost.is_some(), expected, "{condition} {bytes:?} {longest}");
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

    #[test]
    fn what_is_named_costs_what_it_holds() {
        let cost = |condition: &str| {
            let program = cel::Program::compile(condition).unwrap();
            let seen = Seen {
                bytes: [1, 10, 100, 1_000],
                longest: 500,
            };
            Cost::of(program.expression()).seeing(seen).unwrap() - LEAST
        };
        assert_eq!(cost("true"), 0);
        assert_eq!(cost("subject.id == resource.id"), 11);
        assert_eq!(
            cost("context.l.exists(x, x == action.name)"),
            1_000 + 500 * 100
        );
    }
}
