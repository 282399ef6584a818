//! `[http]`, as far as it is about what the backends want.

use super::review_tests::{mistakes, review, taken};

#[test]
fn whoever_wants_to_be_called_needs_an_address() {
    let called = |rest: &str| review("on-behalf", rest).replace("[mattermost]\n", "[mattermost]\ncalled = true\n");
    insta::assert_snapshot!(mistakes(&called("")), @r#"
    bot.toml: http.listen_addr: is missing, and mattermost wants to be called
      hint: write listen_addr = "127.0.0.1:8081", behind a proxy that ends TLS, or another address with https_cert_file and https_key_file
    "#);
    insta::assert_snapshot!(mistakes(&called(r#"
[http]
public_addr = "https://bob:hunter2@bot.example.com/?x"
listen_addr = "here"
https_cert_file = "/no/such/certificate"
[http.basic_auth]
user = "bob"
[http.tls]
verify_client_cert = true
"#)), @r#"
    bot.toml:11: http.https_key_file: is missing
      hint: https_cert_file and https_key_file belong together
    bot.toml:12: http.public_addr: has something behind `?` or `#`
      hint: write the address at which the chat server reaches the bot, such as "https://bot.example.com"
    bot.toml:13: http.listen_addr: is "here"
      hint: write IP:PORT, such as "127.0.0.1:8081"
    bot.toml:15: http.basic_auth.password: is missing
      hint: user and password belong together
    bot.toml:18: http.tls.verify_client_cert: is not in this version
      hint: leave it out; let a proxy do it, or use [http.basic_auth]
    "#);
    insta::assert_snapshot!(mistakes(&called(r#"
[http]
public_addr = "https://bob:hunter2@bot.example.com"
https_cert_file = "/no/such/certificate"
https_key_file = "/no/such/key"
[http.basic_auth]
user = "bob"
password = "hunter2"
"#)), @"
    bot.toml:12: http.public_addr: holds a user name or password, and so does [http.basic_auth]
      hint: leave out one of the two; [http.basic_auth] is the clearer place
    bot.toml:13: http.https_cert_file: cannot be used: /no/such/certificate cannot be read: No such file or directory (os error 2)
      hint: https_cert_file wants the server's certificate and those of its issuers, https_key_file its private key, both PEM
    ");
    let (config, notes) = taken(&called("[http]\npublic_addr = \"bot.example.com/bot/\"\n"));
    insta::assert_snapshot!(notes, @"warning: whoever calls the bot at 0.0.0.0:8081 speaks in the clear: give http.https_cert_file and http.https_key_file, or listen at a loopback address behind a proxy that ends TLS; --insecure-no-tls says that this is meant");
    let http = config.http.unwrap();
    assert_eq!((http.listen_addr.to_string().as_str(), http.base_path.as_str()), ("0.0.0.0:8081", "/bot"));
    let (_, notes) = taken(&called("[http]\nlisten_addr = \"127.0.0.1:8081\"\n"));
    insta::assert_snapshot!(notes, @"");
}

#[test]
fn an_address_in_the_clear_is_no_way_to_a_bot_that_speaks_tls() {
    let folder = tempfile::tempdir().unwrap();
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let [cert, key] = ["crt", "key"].map(|name| folder.path().join(name));
    std::fs::write(&cert, issued.cert.pem()).unwrap();
    std::fs::write(&key, issued.signing_key.serialize_pem()).unwrap();
    let http = |scheme: &str| {
        let (cert, key) = (cert.display(), key.display());
        let text = format!(
            "[http]\npublic_addr = \"{scheme}://localhost:8081\"\nhttps_cert_file = \"{cert}\"\nhttps_key_file = \"{key}\"\n"
        );
        taken(&review("on-behalf", &text).replace("[mattermost]\n", "[mattermost]\ncalled = true\n")).1
    };
    assert_eq!(http("https"), "");
    insta::assert_snapshot!(http("http"), @"warning: http.public_addr begins with http://, and the bot answers over TLS: without a proxy between them the chat server does not reach it");
}
