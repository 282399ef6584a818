//! What messages say: text from outside, and too much of it.

use accessbot_core::backend::{CardState, Link};

use crate::conformance::fixture::Names;
use crate::conformance::rule::{Outcome, Verdict, ensure};
use crate::conformance::sample::{Message, USER, Words, card, note};
use crate::conformance::stage::{Stage, failed};

/// Texts that mean something to one program or another on their way.
const HOSTILE: &[&str] = &[
    "@channel @here @all @everyone <!channel> <!here> <!everyone>",
    "[click](https://evil.example) <https://evil.example|safe> https://evil.example www.evil.example",
    "**bold** _italic_ ~~struck~~ # heading > quote | table | `code` ``` block",
    "```\n@channel\n```\n~~~\n@here",
    "line one\n**Status**: APPROVED\r\nline three\u{2028}line four",
    "&lt;b&gt; &amp;amp; <b>bold</b> <script>alert(1)</script> &#64;channel",
    "a\u{0}b\u{7}c\u{1b}[31md\u{7f}e",
    "gnp.\u{202e}exe\u{2066}x\u{2069} ad\u{200b}min \u{feff}\u{2060}\u{ad}z",
    "مرحبا שלום 你好 नमस्ते ｆｕｌｌ",
    "e\u{301}\u{302}\u{303}\u{327} Z\u{351}\u{36b}a\u{343}l\u{34a}g\u{300}o",
    "👩‍💻👨‍👩‍👧‍👦🏳️‍🌈 :smile: :+1: 🇩🇪",
    "\"quotes\" 'and' \\backslashes\\ {braces} %s %n ${HOME} {{x}} $(id)",
    "=cmd|' /C calc'!A0 +1 -1 1. - * item",
];

/// Every hostile text, those that notify somebody on this server, and one that is long.
fn hostile(names: &Names) -> Vec<String> {
    let lures = names.lures.iter().flat_map(|lure| {
        [lure.clone(), format!("`{lure}"), format!("\\{lure}"), format!("x\n{lure}"), format!("```\n{lure} ```{lure}")]
    });
    let long = names.lures.first().map(|lure| format!("{lure} ").repeat(1200 / (lure.len() + 1)));
    HOSTILE.iter().map(|&text| text.to_owned()).chain(lures).chain(long).collect()
}

/// A card with the text in every field, each between words of its own, and those words' text.
fn everywhere(text: &str) -> (Words, Vec<String>) {
    let texts: Vec<String> = ["user", "role", "resource", "reason", "resolution"]
        .iter()
        .map(|field| format!("{field}begins {text} {field}ends"))
        .collect();
    let words = Words {
        user: texts[0].clone(),
        roles: vec![texts[1].clone()],
        resources: vec![texts[2].clone()],
        reason: texts[3].clone(),
        resolve_reason: texts[4].clone(),
        state: CardState::Denied,
        ..Words::default()
    };
    (words, texts)
}

pub(super) async fn hostile_is_silent(stage: Stage) -> Outcome {
    if stage.names.lures.is_empty() {
        return Err(Verdict::NotApplicable("no text notifies anybody".to_owned()));
    }
    let (channel, texts) = (stage.channel().await?, hostile(&stage.names));
    let message = Message::card(1, "harmless");
    let root = stage.post(&channel, &message).await?;
    let text = texts.join("\n");
    let short: String = text.chars().take(1000).collect();
    // Posted once with everything, in a card and in a reply; then each text in an update, as chats are slow to post.
    let posted = Message::card(2, &short).saying(card(&everywhere(&short).0));
    let reply = Message::note(1, "").marked(3).under(&root).saying(note(&texts[0], &short));
    stage.post(&channel, &posted).await?;
    stage.post(&channel, &reply).await?;
    nobody_notified(&stage, "when posted").await?;
    for text in &texts {
        let says = message.saying(card(&everywhere(text).0));
        stage.backend.update(&root, &says.outgoing()).await.map_err(failed)?;
        nobody_notified(&stage, text).await?;
    }
    for (number, lure) in (20..).zip(&stage.names.lures) {
        let posted = Message::note(number, "").saying(note(lure, lure));
        stage.post(&channel, &posted).await?;
        nobody_notified(&stage, lure).await?;
    }
    Ok(())
}

async fn nobody_notified(stage: &Stage, by: &str) -> Outcome {
    let notified = stage.fixture.notified().await;
    ensure(notified.is_empty(), || format!("{notified:?} were notified by {by:?}"))
}

pub(super) async fn hostile_is_shown(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let message = Message::card(1, "harmless");
    let reference = stage.post(&channel, &message).await?;
    for text in HOSTILE.iter().map(|&text| text.to_owned()).chain(stage.names.lures.clone()) {
        let (words, fields) = everywhere(&text);
        stage.backend.update(&reference, &message.saying(card(&words)).outgoing()).await.map_err(failed)?;
        let shown = stage.shown(&channel, &reference).await?.text;
        for field in &fields {
            ensure(can_be_read(&shown, field), || format!("{field:?} cannot be read in {shown:?}"))?;
        }
    }
    let text = HOSTILE[0];
    let reply = Message::note(1, "").marked(2).under(&reference).saying(note("mallory", text));
    let reply = stage.post(&channel, &reply).await?;
    let shown = stage.shown(&channel, &reply).await?.text;
    ensure(can_be_read(&shown, text), || format!("{text:?} cannot be read in the reply {shown:?}"))
}

/// Whether the letters and digits of `text` can be read in `shown`, in their order. What stands for characters that
/// show nothing may be anything. Spacing modifiers such as `ˋ` are no letters here: they stand for marks that look alike.
pub(super) fn can_be_read(shown: &str, text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() && !('\u{2b0}'..='\u{2ff}').contains(&c);
    let letters = |text: &str| -> String {
        text.chars().filter(|&c| is_letter(c) || ('\u{300}'..='\u{36f}').contains(&c)).collect()
    };
    let shown = letters(shown);
    let shows_nothing = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    let mut rest = shown.as_str();
    text.split(shows_nothing).map(letters).all(|piece| match rest.find(&piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

/// Around the limits that chats have.
const LENGTHS: &[usize] = &[
    0, 1, 74, 75, 150, 151, 255, 256, 1999, 2001, 2999, 3001, 3999, 4001, 7999, 8001, 16_383, 16_384, 40_001, 100_000,
];
/// What fills them: characters that grow when they are escaped, that have several bytes, that belong together.
const FILLERS: &[&str] = &["x", "&", "👩‍💻", "`", "\n", "\"", "word ", "é", "<"];

pub(super) async fn limits(stage: Stage) -> Outcome {
    let channel = stage.channel().await?;
    let large = |filler: &str, length: usize| {
        let fill: String = filler.chars().cycle().take(length).collect();
        Words { reason: fill.clone(), resolve_reason: fill, state: CardState::Denied, ..Words::default() }
    };
    let many = |of: &str, count: usize| (0..count).map(|n| format!("{of}-{n}")).collect::<Vec<_>>();
    let crowded = Words {
        roles: many("role", 1000),
        resources: many("resource", 1000),
        reviews: 100_000,
        reason: "because ".repeat(12_500),
        resolve_reason: "x".repeat(100_000),
        link: Some(Link::Commands(many("tctl requests approve", 3))),
        ..Words::default()
    };
    let message = Message::card(1, "").saying(card(&crowded));
    let reference = stage.post(&channel, &message).await?;
    shows(&stage.shown(&channel, &reference).await?.text, "role-0", "crowded")?;
    for (length, filler) in LENGTHS.iter().copied().zip(FILLERS.iter().cycle()) {
        let says = message.saying(card(&large(filler, length)));
        stage.backend.update(&reference, &says.outgoing()).await.map_err(failed)?;
        let case = format!("{length} characters of {filler:?}");
        shows(&stage.shown(&channel, &reference).await?.text, "dbadmin", &case)?;
    }
    let long_names = Words { user: "u".repeat(5000), roles: vec!["r".repeat(5000); 50], ..Words::default() };
    stage.backend.update(&reference, &message.saying(card(&long_names)).outgoing()).await.map_err(failed)?;
    stage.backend.update(&reference, &message.outgoing()).await.map_err(failed)?;
    let reply = Message::note(1, "").marked(2).under(&reference).saying(note(&"n".repeat(5000), &"&".repeat(100_000)));
    stage.post(&channel, &reply).await?;
    Ok(())
}

fn shows(text: &str, role: &str, case: &str) -> Outcome {
    let shown = text.contains(USER) && text.contains(role);
    ensure(shown, || format!("{case}: user or roles are not shown in {} characters", text.chars().count()))
}
