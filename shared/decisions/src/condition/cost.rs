//! The cost of evaluating a condition, estimated in advance. The length of its text does not bound the cost: everything
//! that it names for each entry of a list is copied as a whole, each time.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, operators};

use super::shape::ROOTS;

/// How many bytes the evaluation of one condition may copy and compare for the entries of lists: about 2 to 7 ns each
/// in a component.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// The same for all conditions of one question, since the number of lines is not limited.
pub const MOST_BYTES_TOGETHER: u64 = 8 * MOST_BYTES;

/// The cost, in such bytes, of a condition that copies nothing.
const LEAST: u64 = 4 * 1024;

/// A list that is written in a condition has no more entries than its text may have marks.
const LONGEST_WRITTEN: u64 = 320;

/// The size of the data that a condition can read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// The bytes of each root, as JSON, in the order of [`ROOTS`].
    pub bytes: [u64; ROOTS.len()],
    /// The number of entries of the longest list or object.
    pub longest: u64,
}

/// How often a condition reads something.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// How often it reads each root, in the order of [`ROOTS`], outside iterations.
    once: [u64; ROOTS.len()],
    /// How often it reads each root for each entry of a list.
    roots: [u64; ROOTS.len()],
    /// How often it adds to the results of the entries before, for each entry of a list.
    added_up: u64,
}

impl Cost {
    /// The cost of a parsed condition.
    pub fn of(expression: &IdedExpr) -> Self {
        let mut cost = Self::default();
        cost.count(expression, false);
        cost
    }

    /// The cost of evaluating it with data of this size; nothing if that is too much for one condition.
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
        // Outside an iteration over a list, any condition that may be stored is cheap enough.
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
