//! Who somebody is, as far as Slack vouches for it.

use accessbot_core::backend::decision::{ChatUser, ChatUserId, Email, Standing};

use crate::api::{Me, User};

/// What Slack vouches for about an account.
pub(crate) fn chat_user(user: &User, me: &Me) -> ChatUser {
    let email = user.profile.email.as_deref().filter(|address| !address.is_empty());
    ChatUser {
        id: ChatUserId(user.id.clone()),
        name: user.name.clone(),
        standing: standing(user, me),
        email: email.map(|address| Email {
            address: address.to_owned(),
            vouched_for: Some(user.is_email_confirmed == Some(true)),
        }),
    }
}

/// What kind of account it is. A member is only whom Slack says to be one, in every respect.
pub(crate) fn standing(user: &User, me: &Me) -> Standing {
    let yes = |flag: Option<bool>| flag == Some(true);
    if user.deleted {
        Standing::Deactivated
    } else if user.is_bot || yes(user.is_workflow_bot) || yes(user.is_connector_bot) || user.id == "USLACKBOT" {
        Standing::Bot
    } else if yes(user.is_stranger) || !is_of_ours(user, me) {
        Standing::Stranger
    } else if user.is_restricted != Some(false) || user.is_ultra_restricted != Some(false) || yes(user.is_invited) {
        Standing::Guest
    } else {
        Standing::Member
    }
}

/// Whether the account belongs to the bot's workspace, or to another one of the same organization.
fn is_of_ours(user: &User, me: &Me) -> bool {
    let same = |ours: &Option<String>, theirs: Option<&String>| {
        ours.as_ref().is_some_and(|ours| !ours.is_empty() && Some(ours) == theirs)
    };
    let enterprise = user.in_enterprise.as_ref().and_then(|user| user.enterprise_id.as_ref());
    same(&me.team_id, user.team_id.as_ref()) || same(&me.enterprise_id, enterprise.or(user.enterprise_id.as_ref()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn me(enterprise: &Value) -> Me {
        let me = json!({"user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0OURS", "enterprise_id": enterprise});
        serde_json::from_value(me).unwrap()
    }

    /// Alice, but for this.
    fn user(but: &Value) -> User {
        let mut user = json!({"id": "U0ALICE", "name": "alice", "team_id": "T0OURS", "deleted": false, "is_bot": false,
            "is_restricted": false, "is_ultra_restricted": false, "is_email_confirmed": true,
            "profile": {"email": "alice@example.com"}});
        user.as_object_mut().unwrap().extend(but.as_object().unwrap().clone());
        serde_json::from_value(user).unwrap()
    }

    #[test]
    fn a_member_is_whom_slack_says_to_be_one_and_nobody_else() {
        let elsewhere = json!({"team_id": "T0THEIRS"});
        let colleague = json!({"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OURS"}});
        let foreigner = json!({"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0THEIRS"}});
        for (but, organization, standing) in [
            (json!({}), Value::Null, Standing::Member),
            (json!({}), json!("E0OURS"), Standing::Member),
            (json!({"deleted": true, "is_restricted": true}), Value::Null, Standing::Deactivated),
            (json!({"is_bot": true}), Value::Null, Standing::Bot),
            (json!({"is_workflow_bot": true}), Value::Null, Standing::Bot),
            (json!({"is_connector_bot": true}), Value::Null, Standing::Bot),
            (json!({"id": "USLACKBOT"}), Value::Null, Standing::Bot),
            (json!({"is_restricted": true}), Value::Null, Standing::Guest),
            (json!({"is_ultra_restricted": true}), Value::Null, Standing::Guest),
            (json!({"is_restricted": null}), Value::Null, Standing::Guest),
            (json!({"is_invited_user": true}), Value::Null, Standing::Guest),
            (json!({"is_stranger": true}), Value::Null, Standing::Stranger),
            (elsewhere.clone(), Value::Null, Standing::Stranger),
            (elsewhere, json!(""), Standing::Stranger),
            (json!({"team_id": null}), Value::Null, Standing::Stranger),
            (colleague.clone(), json!("E0OURS"), Standing::Member),
            (colleague, Value::Null, Standing::Stranger),
            (foreigner, json!("E0OURS"), Standing::Stranger),
        ] {
            let got = chat_user(&user(&but), &me(&organization)).standing;
            assert_eq!(got, standing, "{but} in {organization}");
        }
    }

    #[test]
    fn an_address_counts_for_much_only_if_it_was_confirmed() {
        let email = |but: Value| chat_user(&user(&but), &me(&Value::Null)).email;
        let alice = |sure| Some(Email { address: "alice@example.com".to_owned(), vouched_for: Some(sure) });
        assert_eq!(email(json!({})), alice(true));
        assert_eq!(email(json!({"is_email_confirmed": false})), alice(false));
        assert_eq!(email(json!({"is_email_confirmed": null})), alice(false));
        assert_eq!(email(json!({"profile": {"email": ""}})), None);
        assert_eq!(email(json!({"profile": {}})), None);
    }
}
