//! Searches: what is asked, which of what is known is found, and where a page ends.

pub mod finding;
pub mod known;
mod paging;
pub mod request;
pub mod subjects;
pub mod token;
