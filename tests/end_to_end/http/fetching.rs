//! A component can connect to the servers that its manifest allows, and to no others.

use tests::{HttpServer, Reply, Setup, Shell};
use xtask::{job::Job, secret, workspace};

fn server() -> HttpServer {
    HttpServer::start(|path| match path {
        "/moved" => Reply::redirect("/"),
        _ => Reply::of("here"),
    })
}

/// Addresses that an entry for the server does not allow, although some lead to it.
fn not_allowed(server: &HttpServer, other: &HttpServer) -> Vec<String> {
    let (_, host) = server.url().split_once("://").map(owned).unwrap();
    let (_, port) = host.rsplit_once(':').map(owned).unwrap();
    let (_, other_host) = other.url().split_once("://").map(owned).unwrap();
    vec![
        other.url(),
        format!("https://{host}"),
        format!("http://localhost:{port}"),
        "http://127.0.0.1".to_owned(),
        format!("http://{host}@{other_host}"),
    ]
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

fn faulty(allowed: &str) -> Shell {
    let setup = Setup::seeded().variable("allowed", allowed);
    let manifest = workspace::root().join("tests/faulty/spin.toml");
    setup.manifest(manifest).start()
}

fn fetched(shell: &Shell, address: &str) -> String {
    let request = shell.request("POST", "/fetch");
    request.body("text/plain", address).send().expect(200).body
}

/// What a job receives from each address.
fn fetched_by_job(setup: &Setup, allowed: &str, addresses: &[String]) -> String {
    let state = setup
        .environment
        .folder
        .join(secret::random_token().unwrap());
    std::fs::create_dir(&state).unwrap();
    let variables = [("allowed".to_owned(), allowed.to_owned())].into();
    let job = Job {
        manifest: workspace::root().join("tests/fetching/spin.toml"),
        state: &state,
        variables: &variables,
        arguments: addresses.to_vec(),
    };
    job.run_quietly(&setup.environment.host).unwrap()
}

#[test]
fn functions_ask_the_servers_that_the_manifest_names() {
    let (server, other) = (server(), server());
    let shell = faulty(&server.url());
    assert_eq!(fetched(&shell, &server.url()), "200 OK here");
    let moved = fetched(&shell, &format!("{}/moved", server.url()));
    assert_eq!(moved.trim_end(), "302 Found");
    assert_eq!(server.asked("/").len(), 1);
    for address in not_allowed(&server, &other) {
        let told = fetched(&shell, &address);
        assert!(told.contains("HttpRequestDenied"), "{address}: {told}");
    }
    assert_eq!(server.asked("/").len() + other.asked("/").len(), 1);
}

#[test]
fn functions_ask_nobody_where_the_variable_has_no_value() {
    let server = server();
    let shell = faulty("");
    assert!(fetched(&shell, &server.url()).contains("HttpRequestDenied"));
    assert!(server.asked("/").is_empty());
    assert_eq!(shell.get("/sleep").send().expect(200).body, "slept");
}

#[test]
fn functions_hear_of_a_server_that_is_gone() {
    let mut server = server();
    let shell = faulty(&server.url());
    server.stop();
    assert!(fetched(&shell, &server.url()).contains("ConnectionRefused"));
    server.restart();
    assert_eq!(fetched(&shell, &server.url()), "200 OK here");
}

#[test]
fn jobs_ask_the_servers_that_the_manifest_names() {
    let (server, other) = (server(), server());
    let setup = Setup::empty();
    let moved = format!("{}/moved", server.url());
    let mut addresses = vec![server.url(), moved.clone()];
    addresses.extend(not_allowed(&server, &other));
    let told = fetched_by_job(&setup, &server.url(), &addresses);
    assert!(
        told.contains(&format!("{}: 200 here", server.url())),
        "{told}"
    );
    assert!(told.contains(&format!("{moved}: 302")), "{told}");
    assert_eq!(told.matches("HttpRequestDenied").count(), 5, "{told}");

    let told = fetched_by_job(&setup, "", &[server.url()]);
    assert!(told.contains("HttpRequestDenied"), "{told}");
    assert_eq!(server.asked("/").len() + other.asked("/").len(), 1);
}
