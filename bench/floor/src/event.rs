//! An event of the audit trail, column by column: every lane of the benchmark writes this one.

/// What was done.
pub const ACTION: &str = "file.read";
/// The kind of actor that an end user is.
pub const ACTOR_TYPE: &str = "user";
/// Whom the floor names; the Shell takes the caller.
pub const ACTOR_ID: &str = "user-50";
/// What it was done to, as JSON.
pub const TARGETS: &str = r#"[{"type":"file","id":"f-1029","name":"Quarterly report"}]"#;
/// The id in it.
pub const TARGET_ID: &str = "f-1029";
/// How it ended.
pub const OUTCOME: &str = "success";
/// The client's address.
pub const IP: &str = "192.0.2.7";
/// The client.
pub const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// The request in which it happened.
pub const REQUEST_ID: &str = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
/// The trace of that request.
pub const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// What else is to be known, as JSON.
pub const METADATA: &str = r#"{"size":48213,"folder":"reports","shared":true}"#;
