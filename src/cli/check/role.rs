//! The permissions that are missing, as a role that `tctl create -f` takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The name of the role: one of its own, so that creating it overwrites nothing of the operator's.
const NAME: &str = "accessbot-missing";

/// A role with these verbs by kind of resource, for whoever has the roles `current`.
pub(super) fn with(missing: &BTreeMap<&str, Vec<&str>>, user: &str, current: &[String]) -> String {
    let mut text = format!("kind: role\nversion: v4\nmetadata:\n  name: {NAME}\nspec:\n  allow:\n    rules:\n");
    for (resource, verbs) in missing {
        let _ = writeln!(text, "      - resources: [{resource}]\n        verbs: [{}]", verbs.join(", "));
    }
    let roles = current.iter().map(String::as_str).filter(|role| *role != NAME).chain([NAME]);
    let roles = roles.collect::<Vec<_>>().join(",");
    let _ = writeln!(text, "# then: tctl users update {user} --set-roles={roles}");
    let _ = writeln!(text, "# and make the credentials anew: a certificate keeps the roles of its time");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_for_tctl() {
        let missing =
            BTreeMap::from([("access_request", vec!["list", "read"]), ("access_plugin_data", vec!["update"])]);
        insta::assert_snapshot!(with(&missing, "bot", &["ops".to_owned(), NAME.to_owned()]), @"
        kind: role
        version: v4
        metadata:
          name: accessbot-missing
        spec:
          allow:
            rules:
              - resources: [access_plugin_data]
                verbs: [update]
              - resources: [access_request]
                verbs: [list, read]
        # then: tctl users update bot --set-roles=ops,accessbot-missing
        # and make the credentials anew: a certificate keeps the roles of its time
        ");
    }
}
