//! Requests by an administrator of the platform on behalf of an organization.

use crate::{Answer, Request, Shell};

/// Any request.
pub fn acting<'a>(shell: &'a Shell, organization: &str, method: &str, path: &str) -> Request<'a> {
    let request = shell.platform(method, path);
    request.header("shell-organization", organization)
}

/// Gets something.
pub fn get(shell: &Shell, organization: &str, path: &str) -> Answer {
    acting(shell, organization, "GET", path).send()
}

/// Deletes something.
pub fn delete(shell: &Shell, organization: &str, path: &str) -> Answer {
    acting(shell, organization, "DELETE", path).send()
}
