//! Bounds on a condition's text, checked before the parser sees it: it descends as deep as the text has it,
//! and running out of stack in a component ends every request in it.
//!
//! The figures are from a release build of the parser and the evaluation in a component with the default
//! stack of 1 MiB. It overflowed, of what was tried, first at 91 brackets that are opened and not closed,
//! each after `a ? a :` three times; at 119 such brackets in a row; at 173 around a value; at 962 operators
//! in a row (`a + a + …`, `a[0][0]…`). What may be stored is less than half of each. All brackets are counted,
//! wherever they stand and whether they are closed: only a reader of CEL could tell which of them nest.

use super::ConditionFault;

/// How long a condition may be.
pub const MOST_BYTES: usize = 1_024;

/// How many brackets it may open.
pub const MOST_BRACKETS: usize = 32;

/// How many marks of punctuation it may have, brackets among them.
pub const MOST_MARKS: usize = 320;

/// Checks a text before it is parsed.
pub fn check(text: &str) -> Result<(), ConditionFault> {
    if text.len() > MOST_BYTES {
        return Err(ConditionFault::TooLong);
    }
    let count = |counts: fn(&u8) -> bool| text.bytes().filter(counts).count();
    if count(|byte| matches!(byte, b'(' | b'[' | b'{')) > MOST_BRACKETS {
        return Err(ConditionFault::TooManyBrackets);
    }
    let is_mark = |byte: &u8| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'"' | b'\'');
    if count(is_mark) > MOST_MARKS {
        return Err(ConditionFault::TooManyMarks);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::check_condition;
    use super::*;

    /// Half of what a component has.
    const STACK: usize = 512 * 1024;

    fn check(text: &str, fault: Option<ConditionFault>) {
        assert_eq!(super::check(text).err(), fault, "{text}");
    }

    #[test]
    fn what_is_too_much() {
        check(&"a".repeat(MOST_BYTES), None);
        check(&"a".repeat(MOST_BYTES + 1), Some(ConditionFault::TooLong));
        check(&"([{".repeat(10), None);
        check(&"([{)]}".repeat(17), Some(ConditionFault::TooManyBrackets));
        check(&"')'(".repeat(49), Some(ConditionFault::TooManyBrackets));
        check(&"!".repeat(MOST_MARKS), None);
        check(
            &"!".repeat(MOST_MARKS + 1),
            Some(ConditionFault::TooManyMarks),
        );
    }

    /// As many of `before` and `after` around `middle` as the bounds let in.
    fn most(before: &str, middle: &str, after: &str) -> String {
        let around = |times: usize| {
            let (before, after) = (before.repeat(times), after.repeat(times));
            format!("{before}{middle}{after}")
        };
        let within = (1..=MOST_BYTES).take_while(|times| super::check(&around(*times)).is_ok());
        around(within.last().unwrap())
    }

    #[test]
    fn nothing_within_the_bounds_overflows_half_of_the_stack() {
        let brackets = [
            "(",
            "[",
            "{1:",
            "a(",
            "a.a(",
            "a[",
            "!(a&&a.b[",
            "-(a+",
            "a?(a:",
            "[1,",
        ];
        let closed = [")", "]", "}", ")", ")", "]", "]==a)", ")", ")", "]"];
        let rows = [
            "!", "-", ".", "+", "a.", "a+", "a==", "a in ", "a?a:", "a?", "a||", "a&&", "a*", "[0]",
        ];
        let mut texts = vec![
            most("a.all(x, ", "true", ")"),
            most("", "a", ".a"),
            most("", "a", "[0]"),
        ];
        for (open, close) in brackets.into_iter().zip(closed) {
            texts.extend([
                most(open, "a", close),
                most(open, "", ""),
                most(open, "a", ""),
            ]);
            texts.extend(rows.map(|row| most(&format!("{row}{row}{row}{open}"), "a", close)));
            texts.extend(rows.map(|row| most(&format!("{row}{row}{row}{open}"), "", "")));
        }
        texts.extend(rows.map(|row| most(row, "a", "")));
        texts.extend(rows.map(|row| most(row, "", "")));
        texts
            .extend(["\"", "'", "'''", "`", "r\"", "\\", "//", "1u", "é"].map(|t| most(t, "", "")));
        let judged = move || {
            for text in &texts {
                // Whatever comes of it, it comes back.
                let _ = check_condition(text);
                if let Ok(program) = super::super::compile(text) {
                    let _ = program.execute(&cel::Context::default());
                }
            }
            texts.len()
        };
        let thread = thread::Builder::new().stack_size(STACK).spawn(judged);
        assert!(thread.unwrap().join().unwrap() > 300);
    }
}
