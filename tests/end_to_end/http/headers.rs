//! Random request headers of any size up to 1 MiB: no component traps, and the Shell continues to serve.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tests::Shell;
use xtask::host::HostKind;

const REQUESTS: u64 = 500;
const AT_ONCE: u64 = 4;

/// The headers that the Shell reads.
const NAMES: [&str; 8] = [
    "authorization",
    "shell-organization",
    "x-request-id",
    "idempotency-key",
    "if-none-match",
    "if-match",
    "content-type",
    "prefer",
];

/// Pseudo-random numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A size; all orders of magnitude are equally likely.
    fn size(&mut self) -> usize {
        let magnitude = self.below(21);
        let least = (1 << magnitude) / 2;
        usize::try_from(least + self.below(1 << magnitude) / 2).unwrap() + 1
    }

    /// Bytes that a header may contain: either any of them, or only text.
    fn noise(&mut self) -> Vec<u8> {
        let (from, to) = if self.below(2) == 0 {
            (0x20, 0x7f)
        } else {
            (0x80, 0x100)
        };
        let size = self.size();
        let byte = |numbers: &mut Self| u8::try_from(from + numbers.below(to - from)).unwrap();
        (0..size).map(|_| byte(self)).collect()
    }

    /// A token with a claim of random size and a valid signature.
    fn token(&mut self, shell: &Shell) -> String {
        let mut claims = serde_json::to_value(shell.claims("acme", "alice")).unwrap();
        let size = self.size().min(700_000);
        let kinds = ["organization", "sub", "aud", "x", "sid", "organization_id"];
        let name = kinds[usize::try_from(self.below(6)).unwrap()];
        if name == "organization" {
            claims.as_object_mut().unwrap().remove("organization_id");
        }
        claims[name] = match self.below(4) {
            0 => json!("a".repeat(size)),
            1 => json!(vec!["globex"; size / 10]),
            2 => (0..(size / 12).min(120)).fold(json!({}), |inner, _| json!({"acme": inner})),
            _ => {
                let organization =
                    |number: usize| (format!("o{number}"), json!({"id": number.to_string()}));
                Value::Object((0..size / 20).map(organization).collect())
            }
        };
        shell.sign(&claims)
    }

    fn header(&mut self, shell: &Shell) -> (&'static str, Vec<u8>) {
        match self.below(4) {
            0 => (
                "authorization",
                format!("Bearer {}", self.token(shell)).into_bytes(),
            ),
            1 => (
                "authorization",
                [b"Bearer ".to_vec(), self.noise()].concat(),
            ),
            _ => (NAMES[usize::try_from(self.below(8)).unwrap()], self.noise()),
        }
    }
}

/// A received answer.
struct Answer {
    status: u16,
    has_body: bool,
}

impl Answer {
    /// Whether it is an error of the host or of a component. One error cannot be fixed in a component: Spin reads
    /// every header as UTF-8 before it calls a component, and answers 500 without a body itself if a value is not
    /// UTF-8, although HTTP allows any byte from 0x80 on there (RFC 9110, section 5.5).
    fn is_fault(&self, host: HostKind, value: &[u8]) -> bool {
        let is_spins_own = host == HostKind::Spin
            && self.status == 500
            && !self.has_body
            && std::str::from_utf8(value).is_err();
        self.status >= 500 && !is_spins_own
    }
}

/// The answer, if there is one: a request that is too large may be cut off.
fn send(shell: &Shell, good: &str, name: &str, value: &[u8]) -> Option<Answer> {
    let url = shell.url();
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let authorization = if name == "authorization" {
        String::new()
    } else {
        format!("authorization: Bearer {good}\r\n")
    };
    let start = format!(
        "GET /v1/apps HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{authorization}{name}: "
    );
    let request = [start.as_bytes(), value, b"\r\n\r\n"].concat();
    // The host may answer and close the connection before it has received everything.
    let _ = stream.write_all(&request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    Some(Answer {
        status: status.parse().unwrap(),
        has_body: text
            .split_once("\r\n\r\n")
            .is_some_and(|(_, body)| !body.is_empty()),
    })
}

#[test]
fn no_header_makes_a_component_trap() {
    let shell = Shell::start();
    let good = shell.token("acme", "alice");
    let host = shell.setup().environment.host.kind();
    let by_thread = |seed: u64| {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ (seed << 32));
        let statuses = (0..REQUESTS / AT_ONCE).filter_map(|_| {
            let (name, value) = numbers.header(&shell);
            let answer = send(&shell, &good, name, &value)?;
            let (status, size) = (answer.status, value.len());
            assert!(
                !answer.is_fault(host, &value),
                "{status} for {name} of {size} bytes"
            );
            Some((name, status))
        });
        statuses.collect::<Vec<_>>()
    };
    let answered = thread::scope(|scope| {
        let threads: Vec<_> = (1..=AT_ONCE)
            .map(|seed| scope.spawn(move || by_thread(seed)))
            .collect();
        let answered = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        answered.collect::<Vec<_>>()
    });
    // Most requests reach a component, and some tokens are valid.
    let count = |wanted: &dyn Fn(&str, u16) -> bool| {
        answered
            .iter()
            .filter(|(name, status)| wanted(name, *status))
            .count()
    };
    assert!(
        count(&|_, status| !matches!(status, 431 | 500)) > 200,
        "{answered:?}"
    );
    assert!(
        count(&|name, status| name == "authorization" && status == 200) > 0,
        "{answered:?}"
    );
    assert!(count(&|_, status| status == 401) > 0, "{answered:?}");
    shell.get("/v1/apps").bearing(&good).send().expect(200);
    let output = shell.output();
    for fault in ["trap", "panicked", "unreachable"] {
        assert!(!output.contains(fault), "{output}");
    }
}
