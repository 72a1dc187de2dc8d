//! Processes: servers of ours on one fresh database, and a Redis.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use auterity::app::App;
use auterity::config::Config;
use auterity::model::SystemClock;

use crate::support;

/// What servers share: a database with the sample dealership, and settings.
pub struct Installation {
    database_url: String,
    settings: Vec<(&'static str, String)>,
    /// The application in this process, on the same rows; it serves nothing and runs no engine.
    pub app: App,
    _folder: tempfile::TempDir,
}

impl Installation {
    /// A fresh one; `None`, with a word about it, without a PostgreSQL to make it on.
    pub async fn new(settings: Vec<(&'static str, String)>) -> Option<Self> {
        let Some(database_url) = support::postgres::fresh().await else {
            eprintln!("skipped: TEST_DATABASE_URL names no PostgreSQL server");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        config.data.dir = folder.path().to_owned();
        config.data.database_url.clone_from(&database_url);
        let app = App::build_with_clock(config, true, Arc::new(SystemClock)).await.unwrap();
        Some(Self { database_url, settings, app, _folder: folder })
    }

    /// One more process.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// One more process with settings of its own.
    pub fn serve_with(&self, settings: &[(&'static str, String)]) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_auterity"));
        command
            .args(["serve", "--demo"])
            .env("AUTERITY_DATA__DIR", folder.path())
            .env("AUTERITY_SERVER__BIND", "127.0.0.1:0")
            .env("AUTERITY_EXECUTION__LEASE_S", "2")
            .env("AUTERITY_LLM__TURN_LEASE_S", "3")
            .env("DATABASE_URL", &self.database_url)
            .env_remove("REDIS_URL")
            .env_remove("OPENAI_API_KEY")
            .env_remove("OPENAI_BASE_URL")
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        for (name, value) in self.settings.iter().chain(settings) {
            command.env(name, value);
        }
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().expect("it says where it is").unwrap();
        let (_, base) = first.split_once(" is at ").unwrap_or_else(|| panic!("not an address: {first}"));
        Server { base: base.to_owned(), process, _folder: folder, _rest: lines }
    }
}

/// A process of ours.
pub struct Server {
    /// `http://127.0.0.1:…`
    pub base: String,
    process: Child,
    _folder: tempfile::TempDir,
    /// Kept open, so that it can go on writing.
    _rest: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Server {
    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A Redis that keeps nothing on disk.
pub struct Redis {
    port: u16,
    process: Child,
}

impl Redis {
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port, process: Self::spawn(port) }
    }

    #[expect(clippy::zombie_processes, reason = "without its server the test ends, and the server with it")]
    fn spawn(port: u16) -> Child {
        let known = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"];
        let program = known.into_iter().find(|path| Path::new(path).exists()).unwrap_or("redis-server");
        let process = Command::new(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        for _ in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return process;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not listen on {port}");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again where it was.
    pub fn restart(&mut self) {
        self.process = Self::spawn(self.port);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
