//! `/webapi/find`: what a proxy tells everybody about itself.
//!
//! The form is that of real proxies of 8.3.21, one with ports of their own for SSH and one with a single port; what newer
//! versions add is from their documentation.

use serde_json::{Value, json};

use super::super::options::{ProxyMode, TeleportOptions};
use super::super::version::TeleportVersion;

/// The answer of a proxy of which `public` is the address.
pub(super) fn find(options: &TeleportOptions, mode: ProxyMode, public: &str) -> Value {
    let version = options.version;
    let proxy = match mode {
        ProxyMode::Classic => json!({
            "kube": {},
            "ssh": {
                "listen_addr": "127.0.0.1:3023",
                "tunnel_listen_addr": "127.0.0.1:3024",
                "public_addr": public,
                "ssh_public_addr": "localhost:3023",
                "ssh_tunnel_public_addr": "localhost:3024",
            },
            "db": {},
            "tls_routing_enabled": false,
        }),
        ProxyMode::Multiplex => {
            let listens = public.replace("localhost", "127.0.0.1");
            json!({
                "kube": {"enabled": true, "listen_addr": listens},
                "ssh": {"listen_addr": listens, "tunnel_listen_addr": listens, "public_addr": public},
                "db": {"postgres_listen_addr": listens, "mysql_listen_addr": listens},
                "tls_routing_enabled": true,
            })
        }
    };
    let mut answer = json!({
        "auth": {"type": "", "has_motd": false},
        "proxy": proxy,
        "server_version": options.version_text(),
        "min_client_version": format!("{}.0.0", version.major() - 1),
    });
    if version >= TeleportVersion::V13 {
        answer["cluster_name"] = json!(options.cluster);
    }
    if version >= TeleportVersion::V18_11 {
        answer["edition"] = json!(if options.reviews { "ent" } else { "oss" });
        answer["fips"] = json!(false);
    }
    answer
}

/// `/webapi/ping` says the same, and how people log in.
pub(super) fn ping(options: &TeleportOptions, mode: ProxyMode, public: &str) -> Value {
    let mut answer = find(options, mode, public);
    answer["auth"] = json!({"type": "local", "second_factor": "off", "has_motd": false});
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_8_3() {
        let options = TeleportOptions::default();
        // As curl got them from real proxies.
        let classic = r#"{"auth":{"type":"","has_motd":false},"proxy":{"kube":{},"ssh":{"listen_addr":"127.0.0.1:3023",
            "tunnel_listen_addr":"127.0.0.1:3024","public_addr":"localhost:3080","ssh_public_addr":"localhost:3023",
            "ssh_tunnel_public_addr":"localhost:3024"},"db":{},"tls_routing_enabled":false},"server_version":"8.3.21",
            "min_client_version":"7.0.0"}"#;
        let multiplex = r#"{"auth":{"type":"","has_motd":false},"proxy":{"kube":{"enabled":true,
            "listen_addr":"127.0.0.1:4080"},"ssh":{"listen_addr":"127.0.0.1:4080","tunnel_listen_addr":"127.0.0.1:4080",
            "public_addr":"localhost:4080"},"db":{"postgres_listen_addr":"127.0.0.1:4080",
            "mysql_listen_addr":"127.0.0.1:4080"},"tls_routing_enabled":true},"server_version":"8.3.21",
            "min_client_version":"7.0.0"}"#;
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(find(&options, ProxyMode::Classic, "localhost:3080"), parse(classic));
        assert_eq!(find(&options, ProxyMode::Multiplex, "localhost:4080"), parse(multiplex));
        let ping = ping(&options, ProxyMode::Classic, "localhost:3080");
        assert_eq!(ping["auth"]["type"], "local");
    }

    #[test]
    fn newer_ones_name_the_cluster() {
        for (version, name) in [(TeleportVersion::V8_3, Value::Null), (TeleportVersion::V13, json!("lab.example"))] {
            let options = TeleportOptions { version, ..Default::default() };
            assert_eq!(find(&options, ProxyMode::Multiplex, "localhost:443")["cluster_name"], name);
        }
    }
}
