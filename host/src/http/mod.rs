//! Serving an application over HTTP.

mod headers;
mod instances;
mod serve;
mod server;

pub use self::instances::Instances;
pub use self::serve::Service;
pub use self::server::{listen, run};
