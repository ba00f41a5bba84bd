//! OpenID Connect Back-Channel Logout.

mod certified;
mod forged;
mod logout;
mod stores;
