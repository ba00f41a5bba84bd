//! The parts of a policy.

/// A role's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The role that has it.
    pub role: String,
    /// Whether that is one of every organization.
    pub is_global: bool,
    /// The resource's type.
    pub resource_type: String,
    /// Its id.
    pub resource_id: String,
    /// What is done to it.
    pub action: String,
    /// `allow` or `deny`.
    pub effect: String,
    /// When it counts, in CEL; none: always.
    pub condition: Option<String>,
}

/// A part of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a role permits or denies.
    Line(Line),
    /// A role has the lines of another.
    Inherits {
        /// The one that has them, too.
        role: String,
        /// The one that has them.
        inherited: String,
    },
    /// A user has a role.
    Holds {
        /// Who.
        user: String,
        /// Which.
        role: String,
        /// Until when; none: without end.
        until: Option<String>,
    },
    /// There is no more; and what of the assignments is none now.
    End {
        /// Assignments that have ended.
        ended: String,
        /// Others, of users who may hold nothing.
        barred: String,
    },
}

impl Part {
    /// As `shell.exported_policy` answers it; none, where it is of no kind that this version knows.
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
