//! The rules. Each is one sentence for whoever writes a backend, and one way to see it broken.

mod answers;
mod buttons;
mod callbacks;
mod content;
mod find;
mod forms;
mod message;
mod people;
mod resolve;
mod retries;
mod trouble;

use super::rule::{Rule, RuleClock};

/// A rule that is tried while the clock runs.
macro_rules! rule {
    ($name:literal, $check:path, $text:literal) => {
        Rule { name: $name, text: $text, clock: RuleClock::Running, check: |stage| Box::pin($check(stage)) }
    };
}

/// All rules.
pub const RULES: &[Rule] = &[
    rule!(
        "one-message",
        retries::one_message,
        "However often an attempt fails or its answer is lost, one message stands when the engine has looked for it \
         before each repetition: a backend repeats no call by itself that may have taken effect."
    ),
    rule!(
        "cancelled-calls",
        retries::cancelled_calls,
        "A call that is dropped at any point leaves the backend able to do everything, and at most one message behind."
    ),
    rule!(
        "many-at-once",
        retries::many_at_once,
        "Twenty messages posted at once stand once each, under the references that their calls returned."
    ),
    rule!(
        "reference",
        message::reference,
        "The reference that `post` returns names the message that stands, in the conversation that was asked for, be it \
         a channel or a direct one."
    ),
    rule!(
        "threads",
        message::threads,
        "A message with a root stands in that root's thread, and is found there and nowhere else."
    ),
    rule!(
        "update",
        message::update,
        "`update` shows wholly the new content and nothing of the old, in the same place, keeps the marker, notifies \
         nobody, and may be repeated."
    ),
    rule!(
        "gone",
        message::gone,
        "`update` and `verify` of a message that somebody deleted fail with `MessageGone`, and nothing is posted for it."
    ),
    rule!(
        "delete",
        message::delete,
        "`delete` removes that message only, and a message that is gone is deleted already."
    ),
    rule!(
        "verify",
        message::verify,
        "`verify` says yes to our message with its marker and request, and no to any other marker, request, conversation, \
         and to what somebody else posted."
    ),
    rule!(
        "find-own",
        find::own,
        "`find` with a marker finds the message of ours that carries it, in its conversation and about its request only, \
         and never what somebody else posted."
    ),
    rule!(
        "find-announcements",
        find::announcements,
        "`find` without a marker finds all our announcements of the request, oldest first, and nothing else."
    ),
    rule!(
        "resolve",
        resolve::configured,
        "`resolve` gives the same conversation every time, and an unreachable for whatever is not exactly one; it never \
         guesses and never fails over a text."
    ),
    rule!(
        "persons",
        resolve::persons,
        "A Teleport user is a direct conversation or unreachable, but never a channel, whatever the name is."
    ),
    rule!(
        "hostile-silent",
        content::hostile_is_silent,
        "Text from outside notifies nobody, in whatever field it stands, posted or updated."
    ),
    rule!(
        "hostile-shown",
        content::hostile_is_shown,
        "Text from outside can be read as it was written, whatever markup, escapes or scripts are in it."
    ),
    rule!(
        "limits",
        content::limits,
        "What is too long is shortened: any number of roles, resources and reviews and a reason of any length can be \
         posted and updated, and user and roles are shown all the same."
    ),
    rule!(
        "refused-before",
        trouble::refused_before,
        "With a server that cannot be reached every call fails with `Transient` and is certainly not done."
    ),
    rule!(
        "lost-answer",
        trouble::lost_answer,
        "A call that took effect and whose answer was lost fails with `Transient`, and is maybe done."
    ),
    rule!(
        "rate-limit",
        trouble::rate_limit,
        "A server that asks for a pause makes calls fail with `RateLimited` and the time that it asked for, certainly \
         not done."
    ),
    rule!(
        "token",
        trouble::token,
        "A refused credential makes `probe` and `post` fail with `Unauthorized`, and `check` say `Refused`."
    ),
    rule!("discreet", trouble::discreet, "No error holds anything of a message's text."),
    rule!(
        "quiet-check",
        trouble::quiet_check,
        "`probe` and `check` find nothing wrong where nothing is, and change nothing that anybody sees."
    ),
    rule!(
        "callbacks",
        callbacks::callbacks,
        "Every declared path answers what is not a genuine call of the chat server with a status from 400 to 499, without \
         panic, and hands no decision over."
    ),
    rule!(
        "buttons",
        buttons::shown,
        "A card with choices shows a button for each of them, however much else it says, and any other none; after an \
         update those of the new content."
    ),
    rule!(
        "presses",
        buttons::pressed,
        "A press where no reason is asked for is handed over once: with request, action and proof as the button carries \
         them, and message and account as the chat server names them."
    ),
    rule!(
        "forged",
        buttons::forged,
        "What the chat server did not send, and what is about buttons of others, hands nothing over and opens no form."
    ),
    rule!(
        "forms",
        forms::reasons,
        "Where a reason may or must be given a press opens one form, for whoever pressed alone, and decides nothing; the \
         form hands over what the button would have, and the reason as it was written, if there is one."
    ),
    rule!("own-form", forms::own, "A form that somebody else sends decides nothing, and is refused."),
    rule!(
        "reason-wanted",
        forms::wanted,
        "A form whose reason is refused stays open and says what was answered; it can be sent again."
    ),
    rule!(
        "answers",
        answers::answers,
        "Whoever decides is told the answer, once for each time, and nobody else is. Nothing in it is markup or mentions \
         anybody."
    ),
    rule!(
        "identify",
        people::identify,
        "`identify` names the account that it was asked for, tells members, bots, guests, strangers and deactivated \
         accounts apart, and knows nobody who is not there."
    ),
    rule!(
        "membership",
        people::membership,
        "A private channel stands for those who are in it, and a public one, or none, for nobody."
    ),
    Rule {
        name: "frozen",
        text: "With a server that takes calls and does not answer every call ends within a minute, and what was posted \
               after all is one message.",
        clock: RuleClock::Stopped,
        check: |stage| Box::pin(trouble::frozen(stage)),
    },
];
