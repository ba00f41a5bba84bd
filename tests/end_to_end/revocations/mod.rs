//! Tokens that are revoked, by whom, and how soon that counts.

mod cutting_off;
mod faults;
mod introspecting;
mod listed;
mod load;
mod revoked;
mod revoked_told;
mod revoking;
mod revoking_faults;
