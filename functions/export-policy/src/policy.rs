//! The parts of a policy.

/// A role's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The role that has it.
    pub role: String,
    /// Whether the role is a global one.
    pub is_global: bool,
    /// The resource's type.
    pub resource_type: String,
    /// Its id.
    pub resource_id: String,
    /// The action on it.
    pub action: String,
    /// `allow` or `deny`.
    pub effect: String,
    /// The condition under which it applies, in CEL; `None` means always.
    pub condition: Option<String>,
}

/// A part of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a role permits or denies.
    Line(Line),
    /// A role has the lines of another.
    Inherits {
        /// The role that inherits.
        role: String,
        /// The role whose lines it has.
        inherited: String,
    },
    /// A user has a role.
    Holds {
        /// The user.
        user: String,
        /// The role.
        role: String,
        /// Until when; `None` means without an end.
        until: Option<String>,
    },
    /// The end of the policy, with the number of assignments that are not in it.
    End {
        /// Assignments that have ended.
        ended: String,
        /// Other assignments, of users that may not hold roles.
        barred: String,
    },
}

impl Part {
    /// Reads a row of `shell.exported_policy`; `None` if this version does not know its kind.
    pub fn read(
        kind: &str,
        is_global: bool,
        fields: Vec<String>,
        remark: Option<String>,
    ) -> Option<Self> {
        match kind {
            "line" => {
                let [role, resource_type, resource_id, action, effect] = fields.try_into().ok()?;
                Some(Self::Line(Line {
                    role,
                    is_global,
                    resource_type,
                    resource_id,
                    action,
                    effect,
                    condition: remark,
                }))
            }
            "inherits" => {
                let [role, inherited] = fields.try_into().ok()?;
                Some(Self::Inherits { role, inherited })
            }
            "holds" => {
                let [user, role] = fields.try_into().ok()?;
                let until = remark;
                Some(Self::Holds { user, role, until })
            }
            "end" => {
                let [ended, barred] = fields.try_into().ok()?;
                Some(Self::End { ended, barred })
            }
            _ => None,
        }
    }
}
