//! Changes that no event reported, repaired by a sweep.

mod captured;
mod deletions;
mod half_truths;
mod lies;
mod repairing;
mod state;
mod streams;
mod sweeping;
mod sweeping_calls;
mod sweeping_world;
mod sweeping_worlds;
mod world;
