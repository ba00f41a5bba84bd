//! A proxy between the Shell and a store that can misbehave.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

/// What the proxy does with the data that it receives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Mode {
    /// Passes it on.
    Pass,
    /// Accepts connections and never answers.
    Hang,
    /// Closes connections.
    Cut,
    /// Passes it on with a delay that exceeds the deadline of Redis.
    Delay,
    /// Passes it on with a delay that does not exceed the deadline of PostgreSQL.
    Slow,
}

const DELAY: Duration = Duration::from_millis(400);
const SLOWNESS: Duration = Duration::from_millis(200);

/// Holds back the first data that contains a text.
#[derive(Default)]
struct Hold {
    text: Mutex<Option<String>>,
    holds: AtomicBool,
}

impl Hold {
    fn pass(&self, bytes: &[u8]) {
        let mut text = self.text.lock().unwrap();
        let found = text.as_ref().is_some_and(|text| {
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        });
        if found {
            *text = None;
            drop(text);
            self.holds.store(true, Ordering::SeqCst);
            while self.holds.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// A proxy on its own port; it ends with the process.
pub struct Proxy {
    mode: Arc<AtomicU8>,
    hold: Arc<Hold>,
    target: Arc<Mutex<String>>,
    address: String,
}

impl Proxy {
    /// In front of `host:port`.
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mode = Arc::new(AtomicU8::new(Mode::Pass as u8));
        let hold = Arc::new(Hold::default());
        let target = Arc::new(Mutex::new(target.to_owned()));
        let (leads_to, shared) = (Arc::clone(&target), Arc::clone(&mode));
        let shared_hold = Arc::clone(&hold);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let target = leads_to.lock().unwrap().clone();
                let Ok(server) = TcpStream::connect(target) else {
                    continue;
                };
                let (client_too, server_too) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (up, down) = (Arc::clone(&shared), Arc::clone(&shared));
                let held = Arc::clone(&shared_hold);
                thread::spawn(move || pass_on(client, server, &up, &held));
                thread::spawn(move || pass_on(server_too, client_too, &down, &Hold::default()));
            }
        });
        Self {
            mode,
            hold,
            target,
            address,
        }
    }

    /// Makes new connections lead to another `host:port`.
    pub fn lead_to(&self, target: &str) {
        target.clone_into(&mut self.target.lock().unwrap());
    }

    /// The address that it listens on, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sets the mode from now on, also for existing connections.
    pub fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Holds back the next data that contains a text, until [`Self::release`].
    pub fn hold_back(&self, text: &str) {
        *self.hold.text.lock().unwrap() = Some(text.to_owned());
    }

    /// Whether such data has arrived.
    pub fn holds(&self) -> bool {
        self.hold.holds.load(Ordering::SeqCst)
    }

    /// Sends the data that was held back.
    pub fn release(&self) {
        self.hold.holds.store(false, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mode: &AtomicU8, hold: &Hold) {
    from.set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => 0,
            Err(_) => break,
        };
        // The data may have arrived in another mode; only the current mode matters.
        while mode.load(Ordering::SeqCst) == Mode::Hang as u8 {
            thread::sleep(Duration::from_millis(20));
        }
        let late = match mode.load(Ordering::SeqCst) {
            mode if mode == Mode::Delay as u8 => DELAY,
            mode if mode == Mode::Slow as u8 => SLOWNESS,
            _ => Duration::ZERO,
        };
        if count > 0 {
            thread::sleep(late);
        }
        if count > 0 {
            hold.pass(&buffer[..count]);
        }
        let cut = mode.load(Ordering::SeqCst) == Mode::Cut as u8;
        if cut || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
