//! Searches: the request, the results among the candidates, and the end of a page.

pub mod finding;
pub mod known;
mod paging;
pub mod request;
pub mod subjects;
pub mod token;
