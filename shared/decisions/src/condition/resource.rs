//! Whether a condition reads the properties of its resource, from its text alone: the question is also asked for lines
//! that may not matter in the end, and searching the text is cheaper than parsing it. A false yes, for example for a
//! text in quotes, costs one needless read of a store; there is no false no.

/// The word that names the resource.
const RESOURCE: &str = "resource";

/// Members of a resource that are not properties.
const OTHERS: [&str; 2] = [".id", ".type"];

/// Whether the condition reads anything of the resource except its type and its id.
pub fn reads_resource_properties(condition: &str) -> bool {
    condition.match_indices(RESOURCE).any(|(start, word)| {
        let rest = condition.get(start + word.len()..).unwrap_or_default();
        !OTHERS.iter().any(|member| {
            let after = rest.strip_prefix(member);
            after.is_some_and(|after| !after.starts_with(is_of_a_name))
        })
    })
}

fn is_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, expected: bool) {
        assert_eq!(
            reads_resource_properties(condition),
            expected,
            "{condition}"
        );
    }

    #[test]
    fn what_reads_properties() {
        check("resource.properties.owner == subject.id", true);
        check("has(resource . properties.owner)", true);
        check("resource['properties'] == {}", true);
        check("resource == context.copy", true);
        check("resource.id == '1' && resource.properties.a", true);
        check("context.list.exists(x, x == resource.properties.a)", true);
        check("resource.identity == 1", true);
    }

    #[test]
    fn what_does_not() {
        check("", false);
        check("subject.properties.a == 1 && action.name == 'read'", false);
        check("resource.id == '1' || resource.type=='doc'", false);
        check("resource.id", false);
    }
}
