//! Many requests at once.
//!
//! Where a channel takes one message a second, they are spread over many channels by their roles, and are filed by carol,
//! who is not in the chat: all her direct messages would be in one place.

use std::path::PathBuf;

use accessbot_sandbox::teleport::{NewRequest, Role, User};

use super::{CHANNEL, ChatStandIn, World};

/// Whoever asks when everybody asks.
const CAROL: &str = "carol";

/// The role that the requests for one of the channels are for.
fn role(number: usize) -> String {
    format!("crowd-{number}")
}

/// The name of one of the channels. The first is the usual one.
fn channel(number: usize) -> String {
    if number == 0 { CHANNEL.to_owned() } else { format!("{CHANNEL}-{number}") }
}

impl<C: ChatStandIn> World<C> {
    /// Makes the channels and the roles.
    pub(super) fn set_up_crowd(&self) {
        if C::CROWD_CHANNELS == 1 {
            return;
        }
        let roles: Vec<String> = (0..C::CROWD_CHANNELS).map(role).collect();
        for (number, name) in roles.iter().enumerate() {
            self.teleport.add_role(Role::new(name));
            if number > 0 {
                self.chat.new_channel(&channel(number), "", false);
                self.chat.invite_bot(&channel(number));
            }
        }
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        self.teleport.add_role(Role::new("crowd").may_request(&roles));
        self.teleport.add_user(User::new(CAROL, &["crowd"]));
    }

    /// Every channel that requests may be announced in.
    pub(super) fn channels() -> impl Iterator<Item = String> {
        (0..C::CROWD_CHANNELS).map(channel)
    }

    /// Writes the bot's configuration for a crowd.
    pub fn config_for_a_crowd(&self) -> PathBuf {
        let entry = |number| format!("{} = \"{}\"\n", role(number), C::channel(&channel(number)));
        let entries: String = (1..C::CROWD_CHANNELS).map(entry).collect();
        let recipients = Self::recipients(&[&C::channel(CHANNEL)]);
        self.config_with(&format!("{recipients}[{}.role_to_recipients]\n{entries}{}", C::BACKEND, Self::users()))
    }

    /// One of a crowd of requests.
    pub fn one_of_many(number: usize) -> NewRequest {
        let request = match C::CROWD_CHANNELS {
            1 => NewRequest::bob(),
            channels => NewRequest::new(CAROL, &role(number % channels)),
        };
        request.reason(format!("number {number}"))
    }

    /// So many requests are filed at one blow, which is more than a watch can hold if it is more than 64.
    #[track_caller]
    pub fn burst(&self, count: usize) -> Vec<String> {
        self.teleport.burst_requests((0..count).map(Self::one_of_many)).unwrap()
    }

    /// How many messages stand in all channels.
    pub fn count(&self) -> usize {
        count(&self.chat)
    }

    /// Waits until so many messages stand in all channels.
    pub fn counts(&self, messages: usize) -> impl Future<Output = ()> + use<'_, C> {
        let what = format!("{messages} messages stand");
        async move { self.chat.wait(&what, move |chat| count(chat) >= messages).await }
    }
}

fn count<C: ChatStandIn>(chat: &C) -> usize {
    World::<C>::channels().map(|channel| chat.count(&channel)).sum()
}
