//! End to end: HTTP to component to PostgreSQL and Redis. One file a subject; the harness is in
//! `tests/src`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod acting;
mod administering_apart;
mod administering_members;
mod administering_roles;
mod administrators;
mod audit;
mod audit_actors;
mod audit_appending;
mod audit_crash;
mod audit_faults;
mod audit_immutable;
mod audit_once;
mod audit_pages;
mod audit_partitions;
mod audit_plans;
mod audit_reading;
mod audit_tenants;
mod bodies;
mod contract;
mod deadlines;
mod deciding_faults;
mod deciding_steady;
mod discovery;
mod domains;
mod enabling;
mod epochs;
mod evaluating;
mod evaluating_certified;
mod evaluating_faults;
mod explaining;
mod explaining_values;
mod exporting;
mod faults;
mod fetching;
mod function_files;
mod guarding;
mod headers;
mod health;
mod inheriting;
mod instances;
mod isolation;
mod issuer_certified;
mod issuer_faults;
mod issuer_finding;
mod issuer_keys;
mod issuer_rotating;
mod issuer_stores;
mod leases;
mod maintaining;
mod metadata;
mod migrating;
mod organization_claims;
mod organizations;
mod own_events;
mod policies;
mod policy_testing;
mod policy_testing_faults;
mod problems;
mod reasons;
mod refusing;
mod registering;
mod repeating;
mod replaying;
mod request_log;
mod resources;
mod resources_at_once;
mod resources_faults;
mod resources_listed;
mod roles;
mod schemathesis;
mod searching;
mod searching_certified;
mod searching_equal;
mod searching_pages;
mod seeding;
mod seeding_access;
mod seeding_members;
mod snapshot;
mod steady;
mod stores;
mod suspending;
mod tampering;
mod tokens;
mod turns;
mod untold;
mod walls;
