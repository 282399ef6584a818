//! The real program at work in a world of stand-ins.

use accessbot_testkit::harness::{ChatStandIn, World};

use crate::program::{Program, Running};

/// The program, running. It is killed when it is dropped, so that a failing story leaves nothing behind.
pub(crate) struct Bot {
    running: Option<Running>,
    token: String,
}

impl Bot {
    /// Starts the program with the world's usual configuration, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start<C: ChatStandIn>(world: &World<C>) -> Self {
        Self::start_with(world, &world.config())
    }

    /// Starts the program with this configuration, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start_with<C: ChatStandIn>(world: &World<C>, config: &std::path::Path) -> Self {
        Self::launch(world, config).says("ready: watching access requests")
    }

    /// Starts the program with this configuration.
    #[track_caller]
    pub(crate) fn launch<C: ChatStandIn>(world: &World<C>, config: &std::path::Path) -> Self {
        Self::run(C::BACKEND, world.chat.token(), config)
    }

    /// Starts the program for Mattermost with this configuration, which holds this token, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start_on(token: &str, config: &std::path::Path) -> Self {
        Self::run("mattermost", token, config).says("ready: watching access requests")
    }

    /// Starts the program for two chats with this configuration, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start_for_both<C: ChatStandIn, D: ChatStandIn>(one: &C, _: &D, config: &std::path::Path) -> Self {
        Self::run(&format!("{} --backend {}", C::BACKEND, D::BACKEND), one.token(), config)
            .says("ready: watching access requests")
    }

    #[track_caller]
    fn run(backend: &str, token: &str, config: &std::path::Path) -> Self {
        let config = config.to_str().expect("a path in UTF-8");
        let running = Program::new().args(&format!("start --backend {backend} -d -c {config}")).spawn();
        Self { running: Some(running), token: token.to_owned() }
    }

    /// Waits until its log says this.
    #[track_caller]
    pub(crate) fn says(mut self, text: &str) -> Self {
        self.running = self.running.take().map(|running| running.says(text));
        self
    }

    /// Waits until its log says this.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.running = self.running.take().map(|running| running.says(text));
    }

    /// Stops it as a service manager does. It must end cleanly, and its log must not show the token.
    #[track_caller]
    pub(crate) fn stop(self) {
        let _ = self.stop_and_tell();
    }

    /// Stops it in the same way, and tells its log.
    #[track_caller]
    pub(crate) fn stop_and_tell(mut self) -> String {
        let running = self.running.take().expect("it runs");
        running.signal("TERM");
        running.ended().code(0).hides(&self.token).hides("PRIVATE KEY").stderr
    }

    /// Sends it a signal.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        if let Some(running) = &self.running {
            running.signal(name);
        }
    }

    /// Waits for its end, which must have this exit code, and tells its log.
    #[track_caller]
    pub(crate) fn ends_with(mut self, code: i32) -> String {
        self.running.take().expect("it runs").ended().code(code).hides(&self.token).stderr
    }

    /// Kills it without warning.
    #[track_caller]
    pub(crate) fn kill(mut self) {
        let running = self.running.take().expect("it runs");
        running.signal("KILL");
        let _ = running.ended();
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill_if_alive();
        }
    }
}
