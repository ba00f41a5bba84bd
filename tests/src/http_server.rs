//! A server of HTTP on loopback whose answers are a test's, and that knows what it was asked.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What it answers.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header lines beside those of the body.
    pub headers: Vec<String>,
    /// The body, which is told to be JSON.
    pub body: String,
    /// How long it takes over it.
    pub delay: Duration,
}

impl Reply {
    /// At once, and well.
    pub fn of(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    /// With another status and nothing in it.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::of("")
        }
    }

    /// A way to elsewhere.
    pub fn redirect(to: &str) -> Self {
        Self {
            headers: vec![format!("location: {to}")],
            ..Self::status(302)
        }
    }
}

struct Service {
    answer: Box<dyn Fn(&str) -> Reply + Send + Sync>,
    asked: Mutex<Vec<(String, Instant)>>,
}

/// A server on a port of its own, until the value is dropped.
pub struct HttpServer {
    address: SocketAddr,
    service: Arc<Service>,
    listening: Option<Listening>,
}

struct Listening {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl HttpServer {
    /// Answers what `answer` says to a path.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Arc::new(Service {
            answer: Box::new(answer),
            asked: Mutex::default(),
        });
        Self {
            address: listener.local_addr().unwrap(),
            listening: Some(Listening::start(listener, &service)),
            service,
        }
    }

    /// Its address, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When it was asked for this path.
    pub fn asked(&self, path: &str) -> Vec<Instant> {
        let asked = self.service.asked.lock().unwrap();
        let times = asked.iter().filter(|(asked, _)| asked == path);
        times.map(|(_, time)| *time).collect()
    }

    /// Listens no more: whoever connects is refused.
    pub fn stop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.end(self.address);
        }
    }

    /// Listens again where it did.
    pub fn restart(&mut self) {
        self.stop();
        let listener = TcpListener::bind(self.address).unwrap();
        self.listening = Some(Listening::start(listener, &self.service));
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Listening {
    fn start(listener: TcpListener, service: &Arc<Service>) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (ends_too, service) = (Arc::clone(&ends), Arc::clone(service));
        let thread = thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if ends_too.load(Ordering::SeqCst) {
                    break;
                }
                let service = Arc::clone(&service);
                // Whoever gave up has gone.
                thread::spawn(move || drop(service.converse(client)));
            }
        });
        Self { ends, thread }
    }

    fn end(self, address: SocketAddr) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes it.
        drop(TcpStream::connect(address));
        self.thread.join().unwrap();
    }
}

impl Service {
    /// One request and its answer; the next comes on a connection of its own.
    fn converse(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(client.try_clone()?).lines();
        let line = lines.next().transpose()?.unwrap_or_default();
        let Some(path) = line.split(' ').nth(1) else {
            return Ok(());
        };
        while lines
            .next()
            .transpose()?
            .is_some_and(|line| !line.is_empty())
        {}
        let time = Instant::now();
        self.asked.lock().unwrap().push((path.to_owned(), time));

        let reply = (self.answer)(path);
        thread::sleep(reply.delay);
        let mut head = format!(
            "HTTP/1.1 {} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n",
            reply.status,
            reply.body.len()
        );
        for header in &reply.headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        write!(client, "{head}\r\n{}", reply.body)
    }
}
