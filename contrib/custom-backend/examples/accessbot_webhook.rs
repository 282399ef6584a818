//! A bot that knows webhooks and nothing else.

fn main() -> std::process::ExitCode {
    accessbot::run(&[accessbot_custom_backend::BACKEND])
}
