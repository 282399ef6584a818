//! What is told of votes after they were cast: that they were carried out, taken back, or cast by nobody.

use tracing::warn;

use super::case::Case;
use super::decide::trail;
use super::desk::DeskState;
use crate::request::RequestId;
use crate::review::{Review, Tally, Vote};
use crate::text::excerpt;

/// The most characters that are told of each text of a vote that anybody may have written.
const EXCERPT: usize = 200;

/// Why a vote does not verify, whose seal names one of our secrets, and one whose seal does not.
const FORGED: &str = "nobody has cast this vote through the bot, for this request as it is: whoever may write plugin data \
                      has written it, or the request was made anew under an old name";
const OLD: &str = "this vote names a secret that this bot does not have: [review] secret was changed and is not in \
                   previous_secret, or whoever may write plugin data has written it";

/// Takes down that what was voted for was carried out.
pub(super) fn carried_out(case: &Case<'_>, review: &Review, votes: &[Vote], detail: Option<&str>) {
    for vote in votes {
        take_down(case.desk, review, case.id, vote, ("carried_out", detail));
    }
}

/// Takes down which votes were taken back, if the record says so now.
pub(super) fn taken_back(case: &mut Case<'_>) {
    let (Some(review), Some(stored)) = (&case.desk.options.review, &case.stored) else { return };
    for (vote, why) in std::mem::take(&mut case.memory.quorum.struck) {
        if stored.votes.contains(&vote) {
            take_down(case.desk, review, case.id, &vote, ("void", Some(&why)));
        }
    }
}

/// Takes down, once in the life of the process, each vote that nobody has cast through us. Who decides in Teleport may
/// grant fewer roles than were asked for, and no vote was for those: so once it is decided, none is told to be forged.
pub(super) fn forged(case: &Case<'_>, tally: Option<&Tally>) {
    if !case.is_pending() {
        return;
    }
    let (Some(review), Some(ledger), Some(tally)) = (&case.desk.options.review, &case.ledger, tally) else { return };
    for vote in tally.forged.iter().filter_map(|place| ledger.votes.get(*place)) {
        if !case.desk.is_news(case.id, vote) {
            continue;
        }
        let why = if vote.names_our_secret(&review.keys) { FORGED } else { OLD };
        let mut vote = vote.clone();
        for text in [&mut vote.user, &mut vote.account, &mut vote.name, &mut vote.reason] {
            *text = excerpt(text, EXCERPT, usize::MAX).text.to_owned();
        }
        warn!(
            user = vote.user,
            why,
            "a forged vote was found; it does not count\n  hint: find out which identity may write plugin data \
             (access_plugin_data: update)"
        );
        take_down(case.desk, review, case.id, &vote, ("forged", Some(why)));
    }
}

fn take_down(
    desk: &DeskState,
    review: &Review,
    id: &RequestId,
    vote: &Vote,
    (result, detail): (&'static str, Option<&str>),
) {
    let mut entry = trail::entry(desk, review, "vote");
    entry.request = id.to_string();
    entry.chat_user_id.clone_from(&vote.account);
    entry.chat_user_name = Some(vote.name.clone());
    entry.teleport_user = Some(vote.user.clone());
    entry.action = Some(vote.action.word());
    entry.reason = Some(vote.reason.clone()).filter(|reason| !reason.is_empty());
    (entry.result, entry.detail) = (result, detail.map(str::to_owned));
    review.audit.note(&entry);
}
