//! The columns of an audit event: every lane of the benchmark writes this one.

/// The action.
pub const ACTION: &str = "file.read";
/// The type of actor that an end user has.
pub const ACTOR_TYPE: &str = "user";
/// The actor that the floor writes; the Shell uses the caller.
pub const ACTOR_ID: &str = "user-50";
/// The targets, as JSON.
pub const TARGETS: &str = r#"[{"type":"file","id":"f-1029","name":"Quarterly report"}]"#;
/// The target's id.
pub const TARGET_ID: &str = "f-1029";
/// The outcome.
pub const OUTCOME: &str = "success";
/// The client's address.
pub const IP: &str = "192.0.2.7";
/// The client's user agent.
pub const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// The id of the request.
pub const REQUEST_ID: &str = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
/// The trace of that request.
pub const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// The metadata, as JSON.
pub const METADATA: &str = r#"{"size":48213,"folder":"reports","shared":true}"#;
