//! The audit trail: appending, reading, and durability.

mod actors;
mod appending;
mod crash;
mod failover;
mod faults;
mod following;
mod forward;
mod forwarder;
mod immutable;
mod once;
mod own_events;
mod pages;
mod partitions;
mod plans;
mod reading;
mod restored;
mod strict;
mod tenants;
