//! Users: which are asked for, checked; and what the database says came of a removal, as an answer.

pub mod outcome;
pub mod selection;
