//! A job that sends a request to a server, for tests of which servers a host lets jobs connect to.

#[cfg(target_family = "wasm")]
fn main() -> std::process::ExitCode {
    job::run(fetch)
}

/// Prints the answer of each address in its arguments.
#[cfg(target_family = "wasm")]
fn fetch() -> anyhow::Result<()> {
    use spin_sdk_jobs::http;

    for address in job::arguments() {
        let answer = http::run(http::send(http::Request::get(&address)));
        let answer = answer.map(|response: http::Response| {
            let body = String::from_utf8_lossy(response.body()).into_owned();
            format!("{} {body}", response.status())
        });
        println!(
            "{address}: {}",
            answer.unwrap_or_else(|error| error.to_string())
        );
    }
    Ok(())
}

#[cfg(not(target_family = "wasm"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("the end-to-end tests run it: this is a component's program")
}
