//! The syntax that a stored condition may have.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators,
};
use regex::RegexBuilder;

use super::ConditionFault;

/// The variables of a condition and their members; a context can have any member.
pub const ROOTS: [(&str, &[&str]); 4] = [
    ("subject", &["type", "id", "properties"]),
    ("resource", &["type", "id", "properties"]),
    ("action", &["name", "properties"]),
    ("context", &[]),
];

/// The standard functions of CEL that a condition may call.
const FUNCTIONS: [&str; 10] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "uint",
    "double",
    "string",
    "bool",
];

/// Functions and operators whose result is never a boolean.
const NEVER_BOOLEAN: [&str; 11] = [
    "size",
    "int",
    "uint",
    "double",
    "string",
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::NEGATE,
];

/// The maximum size of a compiled pattern.
const MOST_PATTERN_BYTES: usize = 256 * 1024;

/// Checks a parsed condition. The limits on its text bound its depth.
pub fn check(expression: &IdedExpr) -> Result<(), ConditionFault> {
    Walk::default().expression(expression)?;
    if may_be_boolean(&expression.expr) {
        Ok(())
    } else {
        Err(ConditionFault::NoBoolean)
    }
}

/// How many iterations over lists a condition may have.
pub const MOST_LISTS: usize = 4;

/// How many additions a condition may have: each one copies the sum so far.
pub const MOST_SUMS: usize = 16;

#[derive(Default)]
struct Walk<'a> {
    /// The variables of iterations: the entry of the list, and the result so far.
    variables: Vec<&'a str>,
    /// The number of iterations in the part that was checked.
    lists: usize,
    /// The number of additions in it.
    sums: usize,
}

impl<'a> Walk<'a> {
    fn expression(&mut self, of: &'a IdedExpr) -> Result<(), ConditionFault> {
        match &of.expr {
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(call),
            Expr::List(list) => self.made_of(&list.elements),
            Expr::Map(_) if !self.variables.is_empty() => Err(ConditionFault::WithinList("{}")),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key)?;
                    self.expression(&entry.value)
                }
                EntryExpr::StructField(field) => Err(unknown(&field.field)),
            }),
            Expr::Comprehension(list) => self.list(list),
            Expr::Struct(structure) => Err(unknown(&structure.type_name)),
            Expr::Unspecified => Err(ConditionFault::Syntax("a part is missing".to_owned())),
        }
    }

    /// A list that a condition creates. If it is created again for each entry of another list, with all that it
    /// names, it could exceed all memory.
    fn made_of(&mut self, elements: &'a [IdedExpr]) -> Result<(), ConditionFault> {
        let is_literal = |element: &IdedExpr| matches!(element.expr, Expr::Literal(_));
        if !self.variables.is_empty() && !elements.iter().all(is_literal) {
            return Err(ConditionFault::WithinList("[] with anything but literals"));
        }
        self.all(elements)
    }

    fn all(&mut self, of: &'a [IdedExpr]) -> Result<(), ConditionFault> {
        of.iter().try_for_each(|one| self.expression(one))
    }

    fn name(&self, name: &'a str) -> Result<(), ConditionFault> {
        let known = self.variables.contains(&name) || ROOTS.iter().any(|(root, _)| *root == name);
        if known { Ok(()) } else { Err(unknown(name)) }
    }

    fn select(&mut self, select: &'a SelectExpr) -> Result<(), ConditionFault> {
        if let Expr::Ident(root) = &select.operand.expr {
            let members = ROOTS.iter().find(|(name, _)| name == root);
            let wrong = members.is_some_and(|(_, members)| {
                !members.is_empty() && !members.contains(&select.field.as_str())
            });
            if wrong {
                return Err(unknown(&format!("{root}.{}", select.field)));
            }
        }
        self.expression(&select.operand)
    }

    fn call(&mut self, call: &'a CallExpr) -> Result<(), ConditionFault> {
        let name = call.func_name.as_str();
        // The names of operators contain characters that no function's name can contain.
        let is_operator = name.contains(['_', '@']);
        if !is_operator && !FUNCTIONS.contains(&name) {
            return Err(ConditionFault::UnknownFunction(name.to_owned()));
        }
        if name == "matches" {
            self.matches(call)?;
        }
        // The additions of a macro begin with its own variable, which no condition can name.
        let own =
            |first: &IdedExpr| matches!(&first.expr, Expr::Ident(name) if name.starts_with('@'));
        if name == operators::ADD && call.args.first().is_some_and(own) {
            return self.added_up(&call.args);
        }
        if name == operators::ADD {
            if !self.variables.is_empty() {
                return Err(ConditionFault::WithinList("+"));
            }
            self.sums += 1;
            if self.sums > MOST_SUMS {
                return Err(ConditionFault::TooManySums);
            }
        }
        if let Some(target) = &call.target {
            self.expression(target)?;
        }
        self.all(&call.args)
    }

    /// What a macro adds for each entry: one to a number, or to a list a value that depends on the entry alone.
    /// Anything else that it named would be copied for each entry.
    fn added_up(&mut self, arguments: &'a [IdedExpr]) -> Result<(), ConditionFault> {
        match arguments.get(1).map(|added| &added.expr) {
            Some(Expr::Literal(_)) => Ok(()),
            Some(Expr::List(list)) if !list.elements.iter().any(names_root) => {
                self.all(&list.elements)
            }
            _ => Err(ConditionFault::Mapped),
        }
    }

    fn matches(&self, call: &CallExpr) -> Result<(), ConditionFault> {
        if !self.variables.is_empty() {
            return Err(ConditionFault::WithinList("matches"));
        }
        let expected = if call.target.is_some() { 1 } else { 2 };
        let pattern = call.args.last().filter(|_| call.args.len() == expected);
        let Some(Expr::Literal(LiteralValue::String(pattern))) = pattern.map(|last| &last.expr)
        else {
            return Err(ConditionFault::Pattern("there is none".to_owned()));
        };
        let built = RegexBuilder::new(pattern.inner())
            .size_limit(MOST_PATTERN_BYTES)
            .build();
        let last_line = |error: regex::Error| error.to_string().lines().last().map(str::to_owned);
        built
            .map(|_| ())
            .map_err(|e| ConditionFault::Pattern(last_line(e).unwrap_or_default()))
    }

    fn list(&mut self, list: &'a ComprehensionExpr) -> Result<(), ConditionFault> {
        if !self.variables.is_empty() {
            return Err(ConditionFault::Nested);
        }
        self.lists += 1;
        if self.lists > MOST_LISTS {
            return Err(ConditionFault::TooManyLists);
        }
        let before = self.lists;
        self.expression(&list.iter_range)?;
        self.expression(&list.accu_init)?;
        if self.lists > before {
            return Err(ConditionFault::Nested);
        }
        for name in std::iter::once(&list.iter_var).chain(&list.iter_var2) {
            if ROOTS.iter().any(|(root, _)| root == name) {
                return Err(unknown(&format!("{name} as a variable")));
            }
        }
        self.variables
            .extend([list.iter_var.as_str(), list.accu_var.as_str()]);
        self.variables.extend(list.iter_var2.as_deref());
        self.expression(&list.loop_cond)?;
        self.expression(&list.loop_step)?;
        self.expression(&list.result)?;
        self.variables.clear();
        Ok(())
    }
}

fn names_root(of: &IdedExpr) -> bool {
    match &of.expr {
        Expr::Ident(name) => ROOTS.iter().any(|(root, _)| root == name),
        Expr::Select(select) => names_root(&select.operand),
        Expr::Call(call) => {
            call.target.as_deref().is_some_and(names_root) || call.args.iter().any(names_root)
        }
        // Inside an iteration, lists and objects contain only literals.
        _ => false,
    }
}

fn unknown(name: &str) -> ConditionFault {
    ConditionFault::UnknownName(name.to_owned())
}

/// Whether the result can be a boolean, as far as the expression alone shows.
fn may_be_boolean(of: &Expr) -> bool {
    match of {
        Expr::Literal(literal) => matches!(literal, LiteralValue::Boolean(_)),
        Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => false,
        Expr::Ident(name) => !ROOTS.iter().any(|(root, _)| root == name),
        Expr::Select(_) => true,
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
            let mut branches = call.args.iter().skip(1);
            branches.any(|branch| may_be_boolean(&branch.expr))
        }
        Expr::Call(call) => !NEVER_BOOLEAN.contains(&call.func_name.as_str()),
        Expr::Comprehension(list) => match &list.result.expr {
            Expr::Ident(name) if *name == list.accu_var => may_be_boolean(&list.accu_init.expr),
            result => may_be_boolean(result),
        },
    }
}

#[cfg(test)]
mod tests;
