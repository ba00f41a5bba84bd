//! End to end: HTTP to component to PostgreSQL and Redis.
