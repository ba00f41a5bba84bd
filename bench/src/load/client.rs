//! One keep-alive connection.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Target;

/// A connection that can send its next request.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    socket: std::net::TcpStream,
    host: HeaderValue,
}

impl Client {
    /// Opens a connection to the target's address.
    pub async fn connect(target: &Target) -> Result<Self> {
        let stream = TcpStream::connect(target.address)
            .await
            .context("cannot connect")?
            .into_std()?;
        stream.set_nodelay(true).context("cannot connect")?;
        let socket = stream.try_clone()?;
        let stream = TcpStream::from_std(stream)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // An error of the connection also fails the request.
        tokio::task::spawn_local(connection);
        let host = HeaderValue::try_from(target.address.to_string())?;
        Ok(Self {
            sender,
            socket,
            host,
        })
    }

    /// Sends one request and reads the whole answer, which must have the expected status.
    pub async fn ask(&mut self, target: &Target, token: HeaderValue) -> Result<Bytes> {
        let request = target.request(self.host.clone(), token)?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        acknowledge(&self.socket)?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status != target.expected {
            let (path, body) = (&target.path, String::from_utf8_lossy(&body));
            bail!("{path} returned {status}: {body}");
        }
        Ok(body)
    }
}

/// Spin sends some answers in two packets and holds the second back until the first is
/// acknowledged, which a client may delay by 40 ms. A few such delays, which are idle time,
/// would hide everything else. So the first packet is acknowledged here and now.
fn acknowledge(socket: &std::net::TcpStream) -> Result<()> {
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_quickack(socket, true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
    Ok(())
}
