//! The views that people have open, one upon another.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::block;
use super::model::{Model, slack_id};

/// So many may lie upon each other.
pub(crate) const DEPTH: usize = 3;

/// What stays as it was when another view takes the place of one.
const PLACE: &[&str] =
    &["id", "root_view_id", "previous_view_id", "app_id", "bot_id", "team_id", "app_installed_team_id"];

/// The views that are open, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Views {
    open: BTreeMap<String, Open>,
    last: u64,
}

#[derive(Clone, Debug)]
struct Open {
    number: u64,
    user: String,
    view: Value,
}

/// A view that somebody has before them.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewView {
    /// Its id.
    pub id: String,
    /// What stands at its top.
    pub title: String,
    /// The bot's name for it.
    pub callback_id: String,
    /// What the bot gave along, which the person does not see.
    pub private_metadata: String,
    /// All of it, as the bot gets it back.
    pub view: Value,
}

impl Model {
    /// Shows a view to a user, upon those that they have open. It must have been checked. The answer is what the bot gets.
    pub(crate) fn open_view(&mut self, user: &str, view: &Value, app_id: &str, bot_id: &str) -> Value {
        let id = slack_id('V');
        let below: Vec<Value> = self.views_of(user).into_iter().map(|view| view.view).collect();
        let (root, previous) =
            (below.first().map(|view| view["id"].clone()), below.last().map(|view| view["id"].clone()));
        let place = json!({
            "id": id,
            "root_view_id": root.unwrap_or_else(|| json!(id)),
            "previous_view_id": previous,
            "app_id": app_id,
            "bot_id": bot_id,
            "app_installed_team_id": self.team_id,
            "team_id": self.users.get(user).map(|user| &user.account.team_id),
        });
        let shown = self.shown_view(view, &place);
        self.views.last += 1;
        let open = Open { number: self.views.last, user: user.to_owned(), view: shown.clone() };
        self.views.open.insert(id, open);
        shown
    }

    /// Puts another view in the place of one that is open.
    pub(crate) fn replace_view(&mut self, id: &str, view: &Value) {
        let Some(old) = self.views.open.get(id).map(|open| open.view.clone()) else { return };
        let new = self.shown_view(view, &old);
        if let Some(open) = self.views.open.get_mut(id) {
            open.view = new;
        }
    }

    /// A view as it is given to the bot, in the place of `old`.
    fn shown_view(&mut self, view: &Value, old: &Value) -> Value {
        let mut shown = json!({
            "type": "modal",
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "submit": null,
            "close": null,
            "clear_on_close": false,
            "notify_on_close": false,
            "state": {"values": {}},
            "hash": format!("{}.{}", self.now().as_millis() / 1000, &slack_id('h')),
        });
        let of_view = view.as_object().into_iter().flatten();
        let of_place = old.as_object().into_iter().flatten().filter(|(key, _)| PLACE.contains(&key.as_str()));
        for (key, value) in of_view.chain(of_place) {
            shown[key] = value.clone();
        }
        shown["blocks"] = block::named(&view["blocks"]);
        shown
    }

    /// The views that a user has open, the one at the bottom first.
    pub(crate) fn views_of(&self, user: &str) -> Vec<ViewView> {
        let mut theirs: Vec<&Open> = self.views.open.values().filter(|open| open.user == user).collect();
        theirs.sort_by_key(|open| open.number);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let views = theirs.into_iter().map(|open| ViewView {
            id: text(&open.view["id"]),
            title: text(&open.view["title"]["text"]),
            callback_id: text(&open.view["callback_id"]),
            private_metadata: text(&open.view["private_metadata"]),
            view: open.view.clone(),
        });
        views.collect()
    }

    /// A view that a user has open.
    pub(crate) fn view_of(&self, user: &str, id: &str) -> Option<Value> {
        self.views.open.get(id).filter(|open| open.user == user).map(|open| open.view.clone())
    }

    /// A user has closed a view, or a bot did.
    pub(crate) fn close_view(&mut self, id: &str) {
        self.views.open.remove(id);
    }

    /// Closes all views of a user.
    pub(crate) fn close_views_of(&mut self, user: &str) {
        self.views.open.retain(|_, open| open.user != user);
    }
}
