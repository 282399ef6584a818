//! Which calls are meant: `UpdatePluginData`, `POST /posts`, `PUT /posts/*/patch`, `*`.

/// Whether `name` fits `pattern`, in which every `*` stands for any run of characters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut open_ended = false;
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        open_ended = part.is_empty();
        if index + 1 == parts.len() {
            return open_ended || rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    open_ended || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("Ping", "Ping", true),
            ("Ping", "PingPong", false),
            ("*", "", true),
            ("*", "Ping", true),
            ("POST /posts", "POST /posts/abc/actions/x", false),
            ("PUT /posts/*/patch", "PUT /posts/abc/patch", true),
            ("PUT /posts/*/patch", "PUT /posts/abc", false),
            ("GET *", "GET /users/me", true),
            ("* /posts*", "POST /posts", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
