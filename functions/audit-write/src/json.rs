//! What bodies are read with.

pub use service::http::{
    json::{items, members, text},
    sent::{Faults, Fields, Place},
};
