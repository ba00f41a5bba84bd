use super::super::check_condition;

fn check(text: &str, fault: Option<&str>) {
    let found = check_condition(text).err().map(|fault| fault.to_string());
    let said = found.as_deref().unwrap_or_default();
    match fault {
        None => assert_eq!(found, None, "{text}"),
        Some(expected) => assert!(said.contains(expected), "{text}: {found:?}"),
    }
}

#[test]
fn what_may_be_stored() {
    check(r#"resource.properties.status == "archived""#, None);
    check("true", None);
    check("context.open", None);
    check("context", Some("true or false"));
    check("subject.properties[\"a b\"]", None);
    check(
        "has(resource.properties.owner) && resource.properties.owner == subject.id",
        None,
    );
    check("action.name.startsWith('re') ? context.a : context.b", None);
    check("context.a ? 1 : 2", Some("true or false"));
    check("context.a ? 1 : true", None);
    check("size(context.a) > int(context.b) + 1", None);
    check(
        "subject.properties.groups.exists(g, g in resource.properties.groups)",
        None,
    );
    check(
        "context.a.all(x, x > 1) && context.b.exists_one(x, x == 2)",
        None,
    );
    check("context.a.filter(x, x > 1).size() > 2", None);
    check("size(context.a.map(x, x * 2)) > 2", None);
    check("context.mail.matches('^[a-z]+@acme[.]com$')", None);
    check("{'a': true}[context.x]", None);
}

#[test]
fn syntax() {
    for text in [
        "",
        "a b",
        "subject.id ==",
        "((true)",
        "'",
        "subject..id",
        "true)",
    ] {
        check(text, Some("not a valid CEL expression"));
    }
}

#[test]
fn names_and_functions() {
    check("resorce.properties.a", Some("resorce is unknown"));
    check("resource.owner == 'a'", Some("resource.owner is unknown"));
    check("action.id == 'a'", Some("action.id is unknown"));
    check("has(subject.name)", Some("subject.name is unknown"));
    check(".subject.id == 'a'", Some("unknown"));
    check("x.all(x, true)", Some("x is unknown"));
    check(
        "context.a.all(subject, true)",
        Some("subject as a variable is unknown"),
    );
    check("context.a.all(x, x) && x", Some("x is unknown"));
    check("now() > 1", Some("now is not a function"));
    check("context.a.foo()", Some("foo is not a function"));
    check("type(context.a) == int", Some("type is not a function"));
    check("Point{x: 1} == 2", Some("Point is unknown"));
}

#[test]
fn no_result_but_a_boolean() {
    for text in [
        "1",
        "'true'",
        "null",
        "[true]",
        "{'a': true}",
        "1 + 2",
        "-context.a",
        "size(context.a)",
        "context.a.map(x, true)",
        "context.a.filter(x, true)",
        "subject",
        "string(context.a)",
    ] {
        check(text, Some("true or false"));
    }
}

#[test]
fn lists_within_lists() {
    let nested = Some("inside another iteration");
    check("context.a.all(x, context.b.exists(y, x == y))", nested);
    check("context.a.map(x, x).exists(y, y)", nested);
    check("context.a.exists(x, [x].map(y, y) == context.b)", nested);
    check(
        "context.a.exists(x, x + x == 'aa')",
        Some("+ may not be used"),
    );
    check(
        "context.a.exists(x, context.b.matches('a'))",
        Some("matches may not be used"),
    );
    for text in [
        "size(context.a.map(x, context)) == 1",
        "size(context.a.map(x, x + context.b)) == 1",
        "size(context.a.map(x, x.contains(context.b))) == 1",
    ] {
        check(text, Some("the result of `map`"));
    }
    for text in [
        "context.a.exists(x, [context, context] == x)",
        "context.a.all(x, x in [[], context.a])",
        "size(context.a.map(x, [context, context])) == 1",
        "size(context.a.map(x, [x, x])) == 1",
    ] {
        check(text, Some("[] with anything but literals may not be used"));
    }
    check(
        "context.a.exists(x, {'a': x} == x)",
        Some("{} may not be used"),
    );
    check("context.a.exists(x, x.role in ['owner', 'editor'])", None);
    check("'a' in context.a.map(x, x.name)", None);
    let one = "context.a.all(x, x)";
    check(&[one; 4].join(" && "), None);
    check(&[one; 5].join(" && "), Some("4 lists"));
}

#[test]
fn patterns() {
    check("context.a.matches(context.b)", Some("there is none"));
    check("context.a.matches('a' + 'b')", Some("there is none"));
    check("matches(context.a, 'a')", None);
    check("context.a.matches('(')", Some("unclosed group"));
    check(
        "context.a.matches('(((a{100}){100}){100})')",
        Some("size limit"),
    );
}

#[test]
fn sums() {
    let sum = |times| format!("{}context.a == 1", "context.a + ".repeat(times));
    check(&sum(16), None);
    check(&sum(17), Some("16 additions"));
}
