//! Mail addresses, by which people are found in a chat.

/// Whether `text` is an address of the plain kind, without quotes and comments, and without what would change the
/// server's view of a path or a query.
pub fn is_mail_address(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let plain =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '/' | '\\' | '"' | '@' | '<' | '>' | ',');
    let valid = !user.is_empty() && !host.is_empty() && text.len() <= 254;
    valid && user.chars().all(plain) && host.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses() {
        for good in ["bob@example.com", "b.o+b@x", "józef@example.com"] {
            assert!(is_mail_address(good), "{good}");
        }
        for bad in ["", "bob", "@x", "bob@", "a b@x", "a@b@x", "b/../c@example.com", "\"a\"@x", "<a@x>"] {
            assert!(!is_mail_address(bad), "{bad}");
        }
    }
}
