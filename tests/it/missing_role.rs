//! The role that the program prints where the bot's own lacks something. How it is written is told beside the code; here
//! it is only what it allows that counts.

const HEAD: &str = "kind: role\nversion: v4\nmetadata:\n  name: accessbot-missing\nspec:\n  allow:\n";
const TAIL: &str = "# then: tctl users update access-plugin --set-roles=access-plugin,accessbot-missing\n\
                    # and make the credentials anew: a certificate keeps the roles of its time";

/// A text in which the role may stand, with only what it allows.
pub(crate) fn abridged(text: &str) -> String {
    text.replace(HEAD, "a role that allows\n").replace(TAIL, "and how to give it")
}
