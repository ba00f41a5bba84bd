//! Revocations: who may revoke which tokens, and how soon it takes effect.

mod cutting_off;
mod faults;
mod introspecting;
mod listed;
mod load;
mod revoked;
mod revoked_told;
mod revoking;
mod revoking_faults;
