//! Limits on a condition's text, which are checked before it is parsed: the parser's recursion is as deep as the text
//! is nested, and a component that runs out of stack ends all of its requests.
//!
//! The figures come from a release build of the parser and the evaluation in a component with the default stack of
//! 1 MiB. Of the texts that were tried, the stack first overflowed at 91 opening brackets that are not closed, each
//! after three times `a ? a :`; at 119 such brackets in a row; at 173 around a value; at 962 operators in a row
//! (`a + a + …`, `a[0][0]…`). The limits are below half of each. All brackets are counted, wherever they are and
//! whether or not they are closed: only a CEL parser could find out which of them nest.

use super::ConditionFault;

/// The maximum length of a condition.
pub const MOST_BYTES: usize = 1_024;

/// The maximum number of opening brackets.
pub const MOST_BRACKETS: usize = 32;

/// The maximum number of punctuation marks, including brackets.
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

    /// Half the stack of a component.
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

    /// `before` and `after` around `middle`, repeated as often as the limits allow.
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
                // Whatever the result is, there must be one.
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
