//! What people see, and what must hold whatever they see.

use std::collections::BTreeMap;

use super::{ChatStandIn, Shown, World};

/// The messages about a request in these places.
fn about<C: ChatStandIn>(chat: &C, places: &[String], id: &str) -> Vec<Shown> {
    let messages = places.iter().flat_map(|place| chat.shown(place));
    messages.filter(|message| message.text.contains(id)).collect()
}

impl<C: ChatStandIn> World<C> {
    /// Waits until a channel shows a request in this state.
    pub fn shows<'w>(&'w self, id: &str, state: &str) -> impl Future<Output = ()> + use<'w, C> {
        self.says("Status", id, state)
    }

    /// Waits until this place shows a request in this state.
    pub fn shows_in<'w>(&'w self, place: &str, id: &str, state: &str) -> impl Future<Output = ()> + use<'w, C> {
        self.say(vec![place.to_owned()], "Status", id, state)
    }

    /// Waits until the message about a request in a channel says this in one of its fields.
    pub fn says<'w>(&'w self, field: &'static str, id: &str, text: &str) -> impl Future<Output = ()> + use<'w, C> {
        self.say(Self::channels().collect(), field, id, text)
    }

    fn say<'w>(
        &'w self,
        places: Vec<String>,
        field: &'static str,
        id: &str,
        text: &str,
    ) -> impl Future<Output = ()> + use<'w, C> {
        let what = format!("{} says {field} {text} of {id}", places[0]);
        let (id, text) = (id.to_owned(), text.to_owned());
        let says = move |chat: &C| {
            about(chat, &places, &id).iter().any(|shown| shown.field(field).is_some_and(|value| value.contains(&text)))
        };
        async move { self.chat.wait(&what, says).await }
    }

    /// Waits until so many replies stand under the message about a request.
    pub fn replies<'w>(&'w self, id: &str, count: usize) -> impl Future<Output = ()> + use<'w, C> {
        let (what, id) = (format!("{count} replies about {id}"), id.to_owned());
        let channels: Vec<String> = Self::channels().collect();
        let enough = move |chat: &C| about(chat, &channels, &id).iter().any(|shown| shown.replies.len() >= count);
        async move { self.chat.wait(&what, enough).await }
    }

    /// Waits until a direct message contains a text.
    pub fn tells<'w>(&'w self, user: &str, text: &str) -> impl Future<Output = ()> + use<'w, C> {
        let what = format!("{user} is told: {text}");
        let (place, text) = (format!("@{user}"), text.to_owned());
        let told = move |chat: &C| chat.shown(&place).iter().any(|shown| shown.text.contains(&text));
        async move { self.chat.wait(&what, told).await }
    }

    /// The messages about a request in the channels.
    pub fn messages(&self, id: &str) -> Vec<Shown> {
        about(&self.chat, &Self::channels().collect::<Vec<_>>(), id)
    }

    /// The one message about a request in the channels.
    #[track_caller]
    pub fn message(&self, id: &str) -> Shown {
        let mut found = self.messages(id);
        assert_eq!(found.len(), 1, "messages about {id}: {}", self.chat.dump());
        found.remove(0)
    }

    /// What people read in the channel about a request, with its thread; the id is written as ID.
    #[track_caller]
    pub fn reads(&self, id: &str) -> String {
        self.message(id).read().replace(id, "ID")
    }

    /// What a person reads in the direct messages of the bot.
    #[track_caller]
    pub fn reads_in_private(&self, user: &str, id: &str) -> String {
        let texts: Vec<String> = self.chat.shown(&format!("@{user}")).iter().map(Shown::words).collect();
        texts.join("\n").replace(id, "ID")
    }

    /// What must hold at the end of every story: no unconditional write to the cluster, nothing said twice, nobody
    /// notified by what a stranger wrote.
    #[track_caller]
    pub fn check(&self) {
        let unconditional = self.teleport.unconditional_writes();
        assert!(unconditional.is_empty(), "unconditional writes: {unconditional:?}");
        let mut messages: BTreeMap<String, usize> = BTreeMap::new();
        for message in Self::channels().flat_map(|channel| self.chat.shown(&channel)) {
            for words in message.replies.iter().chain([&message]) {
                assert_eq!(words.notified, Vec::<String>::new(), "notified by {}", words.text);
            }
            if let Some(id) = message.about {
                *messages.entry(id).or_default() += 1;
            }
            let mut replies: Vec<&str> = message.replies.iter().map(|reply| reply.text.as_str()).collect();
            let all = replies.len();
            replies.sort_unstable();
            replies.dedup();
            assert_eq!(replies.len(), all, "a reply stands twice: {replies:?}");
        }
        for message in self.chat.shown("@bob") {
            assert_eq!(message.notified, Vec::<String>::new(), "notified by {}", message.text);
        }
        let twice: Vec<_> = messages.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "announced more than once: {twice:?}");
    }
}
