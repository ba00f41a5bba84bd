//! Roles and who holds them: what is asked, checked; and what the database says came of it, as an answer.

pub mod content;
pub mod members;
pub mod outcome;
pub mod pages;
