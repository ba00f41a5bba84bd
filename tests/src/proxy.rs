//! Something between the Shell and a store that can be told to misbehave.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

/// What the proxy does with what it is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Mode {
    /// Passes it on.
    Pass,
    /// Accepts connections and never answers.
    Hang,
    /// Ends connections.
    Cut,
}

/// A proxy on a port of its own; it ends with the process.
pub struct Proxy {
    mode: Arc<AtomicU8>,
    address: String,
}

impl Proxy {
    /// In front of `host:port`.
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mode = Arc::new(AtomicU8::new(Mode::Pass as u8));
        let (target, shared) = (target.to_owned(), Arc::clone(&mode));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&target) else {
                    continue;
                };
                let (client_too, server_too) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (up, down) = (Arc::clone(&shared), Arc::clone(&shared));
                thread::spawn(move || pass_on(client, server, &up));
                thread::spawn(move || pass_on(server_too, client_too, &down));
            }
        });
        Self { mode, address }
    }

    /// Where it listens, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on, for connections that exist too.
    pub fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mode: &AtomicU8) {
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
        // What was read may have arrived under another mode; what counts is the one of now.
        while mode.load(Ordering::SeqCst) == Mode::Hang as u8 {
            thread::sleep(Duration::from_millis(20));
        }
        let cut = mode.load(Ordering::SeqCst) == Mode::Cut as u8;
        if cut || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
