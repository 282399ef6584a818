//! A run of the program, told as a sentence: `Program::new().arg("start").config("…").run().code(2)`.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Far longer than anything takes; only a program that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A run to be: arguments, environment and files, in a folder of its own that is also the working directory.
#[must_use]
pub(crate) struct Program {
    command: Command,
    folder: TempDir,
}

impl Program {
    /// The program without arguments, in an empty environment.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_accessbot"));
        command.env_clear().current_dir(folder.path()).stdin(Stdio::null());
        Self { command, folder }
    }

    /// `accessbot start -c bot.toml` with this file.
    pub(crate) fn start(config: &str) -> Self {
        Self::new().file("bot.toml", config).args("start -c bot.toml")
    }

    /// Arguments, divided by spaces.
    pub(crate) fn args(mut self, words: &str) -> Self {
        self.command.args(words.split_whitespace());
        self
    }

    /// A variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// A file in the folder.
    #[track_caller]
    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.folder.path().join(name), contents).unwrap();
        self
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        self.spawn().ended()
    }

    /// Lets it run.
    #[track_caller]
    pub(crate) fn spawn(mut self) -> Running {
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines_in, lines) = channel();
        let (printed_in, printed) = channel();
        let stdout = collect(child.stdout.take().unwrap(), Some(printed_in));
        let stderr = collect(child.stderr.take().unwrap(), Some(lines_in));
        let pid = child.id();
        Running { pid, end: wait(child), stdout, stderr, lines, printed, folder: self.folder }
    }
}

/// A run that goes on.
pub(crate) struct Running {
    pid: u32,
    end: Receiver<ExitStatus>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    lines: Receiver<String>,
    printed: Receiver<String>,
    folder: TempDir,
}

impl Running {
    /// Waits for a line on stderr that contains `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return self,
                Ok(_) => {}
                Err(error) => {
                    self.signal("KILL");
                    panic!("never said `{text}` ({error}); in all it said:\n{}", self.stderr.recv().unwrap());
                }
            }
        }
    }

    /// Waits for a line on stdout that contains `text`, and returns it.
    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> String {
        loop {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(error) => {
                    self.signal("KILL");
                    panic!("never printed `{text}` ({error})");
                }
            }
        }
    }

    /// Sends it a signal: `TERM`, `HUP`.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) -> &Self {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid.to_string()]).status().unwrap();
        assert!(sent.success(), "cannot send SIG{name}");
        self
    }

    /// Makes an end of it, whatever it is doing.
    pub(crate) fn kill_if_alive(&self) {
        let _ = Command::new("kill").args(["-KILL", &self.pid.to_string()]).stderr(Stdio::null()).status();
    }

    /// The folder that it runs in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub(crate) fn ended(self) -> Outcome {
        let status = match self.end.recv_timeout(PATIENCE) {
            Ok(status) => status,
            Err(RecvTimeoutError::Timeout) => {
                self.signal("KILL");
                panic!("did not end; it said:\n{}", self.stderr.recv().unwrap());
            }
            Err(RecvTimeoutError::Disconnected) => panic!("cannot be waited for"),
        };
        Outcome {
            status,
            stdout: self.stdout.recv().unwrap(),
            stderr: self.stderr.recv().unwrap(),
            folder: self.folder,
        }
    }
}

/// What a run has left behind.
#[must_use]
pub(crate) struct Outcome {
    status: ExitStatus,
    /// What it wrote to stdout.
    pub(crate) stdout: String,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
    folder: TempDir,
}

impl Outcome {
    /// It ended with this exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        let Self { status, stdout, stderr, .. } = &self;
        assert_eq!(status.code(), Some(expected), "{status}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// Neither its output nor its log shows this.
    #[track_caller]
    pub(crate) fn hides(self, secret: &str) -> Self {
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            assert!(!text.contains(secret), "{name} shows `{secret}`:\n{text}");
        }
        self
    }

    /// What it said about each of its settings, in a log at debug level: `key = value (place)`.
    pub(crate) fn settings(&self) -> String {
        self.told("setting: ")
    }

    /// What it said about its configuration beside that.
    pub(crate) fn notes(&self) -> String {
        self.told("configuration: ")
    }

    /// The rest of each log line that contains `start`, with its level.
    fn told(&self, start: &str) -> String {
        let mut told = String::new();
        for line in self.stdout.lines().chain(self.stderr.lines()) {
            if let Some((_, rest)) = line.split_once(start) {
                let level = if line.contains(" WARN ") { "warning: " } else { "" };
                told.push_str(level);
                told.push_str(rest);
                told.push('\n');
            }
        }
        told
    }

    /// The folder that it ran in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the folder that it ran in.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

fn wait(mut child: Child) -> Receiver<ExitStatus> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        if let Ok(status) = child.wait() {
            let _ = sender.send(status);
        }
    });
    receiver
}

/// Reads a stream to its end, handing out lines on the way if they are wanted.
fn collect(stream: impl Read + Send + 'static, lines: Option<std::sync::mpsc::Sender<String>>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut all = String::new();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            all.push_str(&line);
            all.push('\n');
            if let Some(lines) = &lines {
                let _ = lines.send(line);
            }
        }
        let _ = sender.send(all);
    });
    receiver
}
