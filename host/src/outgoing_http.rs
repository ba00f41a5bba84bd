//! Outgoing `wasi:http`, in WASI 0.2 for jobs and in 0.3 for functions: a request to an allowed server is sent
//! unchanged, and redirects are not followed.

use std::future;
use std::sync::Arc;

use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::app::Component;

/// The outgoing requests of one component.
pub struct OutgoingHttp(Arc<Component>);

impl OutgoingHttp {
    /// Allows requests to the servers that the component's manifest allows.
    pub fn of(component: &Arc<Component>) -> Self {
        Self(component.clone())
    }

    fn may_reach(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        self.0.allowed_hosts.allow(scheme, host, uri.port_u16())
    }
}

type Sent = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(Response<WasiBody>, Sent), Error>;

impl WasiHttpHooks for OutgoingHttp {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Sent,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        if !self.may_reach(request.uri()) {
            return Box::new(future::ready(Err(Error::HttpRequestDenied)));
        }
        Box::new(async move {
            let (response, sent) = default_send_request(request, options).await?;
            Ok((response.map(BodyExt::boxed_unsync), Box::new(sent) as Sent))
        })
    }
}
