//! `/v1/apps`: discovery, registration and leases.

mod discovery;
mod enabling;
mod leases;
mod registering;
