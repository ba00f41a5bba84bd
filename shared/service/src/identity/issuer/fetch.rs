//! One GET request that the Shell sends, with limits on the answer.

use spin_sdk::wasip3::{
    self,
    http::{
        client,
        types::{ErrorCode, Fields, Method, Request, Response, Scheme},
    },
    wit_bindgen::StreamResult,
    wit_future,
};

use super::{address::Address, failure::Failure};

/// The maximum size of an answer, in bytes.
const LARGEST: usize = 64 * 1024;

/// The number of bytes to read at a time.
const READ: usize = 16 * 1024;

/// The body of the answer from an address. No redirect is followed; the caller limits the time.
pub async fn get(address: &Address) -> Result<Vec<u8>, Failure> {
    let response = client::send(request(address)?).await.map_err(away)?;
    match response.get_status_code() {
        200 => body(response).await,
        other => Err(Failure::Status(other)),
    }
}

fn request(address: &Address) -> Result<Request, Failure> {
    let headers = [("accept".to_owned(), b"application/json".to_vec())];
    let headers = Fields::from_list(&headers).map_err(|_| Failure::NoAddress)?;
    let (trailers_writer, trailers) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(headers, None, trailers, None);
    wasip3::spawn(async move {
        // A server that answers early does not read trailers.
        let _ = trailers_writer.write(Ok(None)).await;
    });
    let scheme = if address.is_https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let set = request
        .set_method(&Method::Get)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(Some(&address.authority)))
        .and_then(|()| request.set_path_with_query(Some(&address.path_and_query)));
    set.map_err(|()| Failure::NoAddress)?;
    Ok(request)
}

/// Reads to the end, or until the body exceeds the maximum size; `content-length` is ignored.
async fn body(response: Response) -> Result<Vec<u8>, Failure> {
    // On this side, reading cannot fail.
    let (_outcome, outcome) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Response::consume_body(response, outcome);
    let mut bytes = Vec::new();
    loop {
        let (result, chunk) = stream.read(Vec::with_capacity(READ)).await;
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(Failure::TooLarge);
        }
        if !matches!(result, StreamResult::Complete(_)) {
            let end = trailers.await;
            return end.map(|_| bytes).map_err(|_| Failure::BrokenOff);
        }
    }
}

fn away(code: ErrorCode) -> Failure {
    Failure::Unreachable(match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            return Failure::NotAllowed;
        }
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            "its host name cannot be resolved"
        }
        ErrorCode::ConnectionRefused => "it refused the connection",
        ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_) => "TLS failed, or its certificate is not trusted",
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::HttpResponseTimeout => "it did not answer in time",
        ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete => {
            "the connection was lost"
        }
        _ => "the host could not send the request",
    })
}
