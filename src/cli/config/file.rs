//! Which file is the configuration.

use std::path::{Path, PathBuf};

use accessbot_core::backend::ConfigError;

use super::schema::Schema;

const OURS: &str = "/etc/accessbot.toml";

/// The files to try when none is named: ours, then those of the official plugins whose place we take.
pub(super) fn candidates(asked: &[String], schema: &Schema) -> Vec<PathBuf> {
    let of_plugin = |name: &str| PathBuf::from(format!("/etc/teleport-{name}.toml"));
    let mut files = vec![PathBuf::from(OURS)];
    if asked.is_empty() {
        files.extend(schema.backends().map(of_plugin));
    } else {
        files.extend(asked.iter().map(|name| of_plugin(name)));
    }
    files
}

/// The file to read: the one that was named, or else the first candidate that exists.
///
/// # Errors
/// When ours is not there and several plugins have left theirs: taking one would be a guess.
pub(super) fn find(
    named: Option<&Path>,
    candidates: &[PathBuf],
    exists: impl Fn(&Path) -> bool,
) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(named) = named {
        return Ok(Some(named.to_owned()));
    }
    let mut there = candidates.iter().filter(|path| exists(path));
    match (there.next(), there.next()) {
        (Some(first), Some(second)) if first != Path::new(OURS) => Err(ConfigError {
            source_name: first.display().to_string(),
            line: None,
            key: String::new(),
            problem: format!("is there, and so is {}", second.display()),
            hint: Some("choose one with -c FILE or --backend NAME, or put both into one file".to_owned()),
        }),
        (first, _) => Ok(first.cloned()),
    }
}

/// There is no configuration at all.
pub(super) fn nothing(candidates: &[PathBuf]) -> ConfigError {
    let tried: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
    ConfigError {
        source_name: "configuration".to_owned(),
        line: None,
        key: String::new(),
        problem: format!("there is none: {} not found", tried.join(" and ")),
        hint: Some("name a file with -c FILE; `accessbot configure` prints one to fill in".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(there: &[&str]) -> Result<Option<String>, String> {
        let candidates = [OURS, "/etc/teleport-mattermost.toml", "/etc/teleport-slack.toml"].map(PathBuf::from);
        let found = find(None, &candidates, |path| there.iter().any(|t| Path::new(t) == path));
        found.map(|path| path.map(|p| p.display().to_string())).map_err(|e| e.to_string())
    }

    #[test]
    fn ours_comes_first_and_two_of_others_are_no_answer() {
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(found(&[OURS, "/etc/teleport-slack.toml"]), Ok(Some(OURS.to_owned())));
        assert_eq!(found(&["/etc/teleport-slack.toml"]), Ok(Some("/etc/teleport-slack.toml".to_owned())));
        insta::assert_snapshot!(found(&["/etc/teleport-slack.toml", "/etc/teleport-mattermost.toml"]).unwrap_err(), @"
        /etc/teleport-mattermost.toml: is there, and so is /etc/teleport-slack.toml
          hint: choose one with -c FILE or --backend NAME, or put both into one file
        ");
        assert_eq!(find(Some(Path::new("x")), &[], |_| false), Ok(Some(PathBuf::from("x"))));
    }
}
