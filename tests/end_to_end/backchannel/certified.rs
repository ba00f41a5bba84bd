//! Logout tokens of a certified OpenID provider, which is independent of this project.

use tests::{Answer, OpenidProvider, Setup, Shell, clock};

use super::logout::{PATH, revoked};

fn apps(shell: &Shell, token: &str) -> Answer {
    shell.get("/v1/apps").bearing(token).send()
}

#[test]
fn who_signs_out_there_is_logged_out_here() {
    let setup = Setup::seeded().logout_audiences(&["desk", "kiosk"]);
    let Some((mut provider, shell)) = OpenidProvider::with_shell(setup) else {
        return;
    };
    provider.tell_logouts_at([shell.url().trim_end_matches('/'), PATH].concat());

    // `desk` is told which session ended; its tokens name their session.
    let (mut one, mut two) = (provider.visitor(), provider.visitor());
    let (ended, stays) = (one.sign_in("desk", "alice"), two.sign_in("desk", "alice"));
    let of_bob = provider.visitor().sign_in("desk", "bob");
    for token in [&ended, &stays, &of_bob] {
        apps(&shell, token).expect(200);
    }
    one.sign_out();
    let kinds = |shell: &Shell| {
        let revoked = revoked(shell).into_iter();
        revoked.map(|(kind, ..)| kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&shell), ["session", "sessionless"]);
    apps(&shell, &ended).expect_problem(401, "unauthenticated");
    clock::wait_for_the_next_second();
    let again = one.sign_in("desk", "alice");
    for token in [&again, &stays, &of_bob] {
        apps(&shell, token).expect(200);
    }
    apps(&shell, &ended).expect(401);

    // `kiosk` is only told the user, and its tokens name no session.
    let mut three = provider.visitor();
    let sessionless = three.sign_in("kiosk", "alice");
    apps(&shell, &sessionless).expect(200);
    three.sign_out();
    assert_eq!(kinds(&shell), ["session", "sessionless", "subject"]);
    // All of alice's sessions have ended, also those at the other client.
    for token in [&sessionless, &again, &stays] {
        apps(&shell, token).expect_problem(401, "unauthenticated");
    }
    clock::wait_for_the_next_second();
    let again = three.sign_in("kiosk", "alice");
    for token in [&again, &of_bob] {
        apps(&shell, token).expect(200);
    }
}
