//! The keys of a certified OpenID provider, which is independent of this project: the Shell finds them, also after a
//! rotation.

use tests::{OpenidProvider, Setup};

#[test]
fn its_tokens_are_accepted_and_those_of_its_next_key_too() {
    let setup = Setup::seeded();
    let Some((mut provider, shell)) = OpenidProvider::with_shell(setup) else {
        return;
    };
    let apps = |token: &str| shell.get("/v1/apps").bearing(token).send();
    let first = provider.token();
    let answer = apps(&first).expect(200);
    assert!(answer.slugs().contains(&"drive".to_owned()), "{answer:?}");

    provider.rotate();
    let second = provider.token();
    assert_ne!(kid(&first), kid(&second));
    apps(&second).expect(200);
    apps(&first).expect(200);
    // With the third key, the first one is no longer published; it stays valid here until a newer set is needed.
    provider.rotate();
    apps(&first).expect(200);
}

fn kid(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).unwrap().kid
}
