//! A server for tests, which sends given answers and records the requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use crate::shell::{Address, Client, Patience, Token};

/// An answer: status, further header lines, body.
pub type Canned = (u16, &'static str, String);

/// The token of its client.
pub const TOKEN: &str = "e30.c2VjcmV0.c2ln";

/// A server that answers as many requests as it was given answers.
pub struct Stub {
    /// Its URL.
    pub url: String,
    requests: Receiver<(String, String)>,
}

impl Stub {
    /// Starts it with these answers, in their order.
    pub fn answering(answers: impl IntoIterator<Item = Canned>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                serve(&stream, &answer, &sender);
            }
        });
        Self { url, requests }
    }

    /// A client that retries three times without waiting.
    pub fn client(&self, organization: Option<&str>) -> Client {
        let patience = Patience(&[Duration::ZERO; 3]);
        let (address, token) = (Address::new(&self.url).unwrap(), Token::new(TOKEN).unwrap());
        Client::new(address, token, organization.map(str::to_owned), patience)
    }

    /// The heads and bodies of the requests so far.
    pub fn requests(&self) -> Vec<(String, String)> {
        self.requests.try_iter().collect()
    }
}

fn serve(
    mut stream: &TcpStream,
    (status, headers, body): &Canned,
    requests: &Sender<(String, String)>,
) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = reader.read_line(&mut head).unwrap();
        assert!(read > 0, "a request ends early");
    }
    let head = head.to_lowercase();
    let mut lengths = head
        .lines()
        .filter_map(|line| line.strip_prefix("content-length: "));
    let mut sent = vec![0; lengths.next().unwrap().parse().unwrap()];
    reader.read_exact(&mut sent).unwrap();
    // Before the answer is sent: a test that has the answer may already read the request.
    let _ = requests.send((head, String::from_utf8(sent).unwrap()));
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).unwrap();
}
