//! The permissions that are missing, as a role that `tctl create -f` takes.

use std::fmt::Write as _;

use accessbot_teleport::MissingRights;

/// The name of the role: one of its own, so that creating it overwrites nothing of the operator's.
const NAME: &str = "accessbot-missing";

/// A role with these rights, for whoever has the roles `current`.
pub(super) fn with(missing: &MissingRights, user: &str, current: &[String]) -> String {
    let mut text = format!("kind: role\nversion: v4\nmetadata:\n  name: {NAME}\nspec:\n  allow:\n");
    if !missing.rules.is_empty() {
        text.push_str("    rules:\n");
    }
    for (resource, verbs) in &missing.rules {
        let _ = writeln!(text, "      - resources: [{resource}]\n        verbs: [{}]", verbs.join(", "));
    }
    let lists = [("submit_for_users", &missing.submit_for_users), ("roles", &missing.review_roles)];
    let mut lists = lists.into_iter().filter(|(_, names)| !names.is_empty()).peekable();
    if lists.peek().is_some() {
        text.push_str("    review_requests:\n");
    }
    for (key, names) in lists {
        let _ =
            writeln!(text, "      {key}: [{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "));
    }
    let roles = current.iter().map(String::as_str).filter(|role| *role != NAME).chain([NAME]);
    let roles = roles.collect::<Vec<_>>().join(",");
    let _ = writeln!(text, "# then: tctl users update {user} --set-roles={roles}");
    let _ = writeln!(text, "# and make the credentials anew: a certificate keeps the roles of its time");
    text
}

/// A name as YAML takes it, whatever is in it: `*` would be an alias without the quotes.
fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_for_tctl() {
        let mut missing = MissingRights::default();
        missing.add_rule("access_request", &["read", "list"]);
        missing.add_rule("access_plugin_data", &["update"]);
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

    #[test]
    fn a_role_that_lets_the_bot_review() {
        let missing = MissingRights {
            submit_for_users: vec!["*".to_owned()],
            review_roles: vec!["db*".to_owned(), "it's".to_owned()],
            ..MissingRights::default()
        };
        insta::assert_snapshot!(with(&missing, "bot", &[]), @"
        kind: role
        version: v4
        metadata:
          name: accessbot-missing
        spec:
          allow:
            review_requests:
              submit_for_users: ['*']
              roles: ['db*', 'it''s']
        # then: tctl users update bot --set-roles=accessbot-missing
        # and make the credentials anew: a certificate keeps the roles of its time
        ");
    }
}
