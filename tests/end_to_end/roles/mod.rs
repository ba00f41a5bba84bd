//! Who holds which role, by whom it is given, and what roles inherit.

mod administering;
mod administrators;
mod apart;
mod groups;
mod groups_administering;
mod groups_standing;
mod inheriting;
mod members;
