//! Events of identity providers, and their effects.

mod crashes;
mod ends;
mod keeping;
mod memberships;
mod organizations;
mod receiving;
mod replaying_events;
mod replays;
mod state;
mod webhook_events;
mod webhook_logouts;
mod webhook_stores;
mod webhook_tokens;
mod webhooks;
mod worlds;
