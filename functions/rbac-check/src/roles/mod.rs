//! Roles and their members: validating requests, and answering with the outcome in the database.

pub mod content;
pub mod members;
pub mod outcome;
pub mod pages;
