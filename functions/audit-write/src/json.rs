//! The reading of request bodies.

pub use service::http::{
    json::{items, members, text},
    sent::{Faults, Fields, Place},
};
