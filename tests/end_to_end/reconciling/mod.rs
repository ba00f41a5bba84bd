//! Sweeps, which repair changes that no event reported.

mod captured;
mod deletions;
mod half_truths;
mod left_alone;
mod lies;
mod lists;
mod repairing;
mod seeded;
mod state;
mod streams;
mod sweeping;
mod sweeping_calls;
mod sweeping_places;
mod sweeping_world;
mod sweeping_worlds;
mod world;
