//! Security events by the Shared Signals Framework.

mod events;
mod linked;
mod pyjwt;
mod receiving;
mod transmitters;
