//! The processes of the bench, and what the system says about them.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A child that ends with its owner.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The server under test with its folder.
pub struct Server {
    pub process: Process,
    _folder: tempfile::TempDir,
}

/// A command on a core of its own: the relays on the first, everything else on the second.
fn pinned(program: &std::ffi::OsStr, core: usize) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 || std::env::var_os("RELAY_UNPINNED").is_some() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

impl Process {
    /// The model server: this program in its other part.
    pub fn mock() -> Self {
        let program = std::env::current_exe().unwrap();
        let mut child = pinned(program.as_os_str(), 1).arg("mock").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        // and this part beside it
        drop(Command::new("taskset").args(["-cp", "1", &std::process::id().to_string()]).output());
        Self { child, url: url.trim().to_owned() }
    }

    /// Seconds of CPU so far.
    pub fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: f64 = [11, 12].iter().map(|at| fields[*at].parse::<f64>().unwrap()).sum();
        ticks / 100.0
    }

    /// Resident memory.
    pub fn rss_kib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The most that is resident within a time.
    pub async fn most_rss_kib(&self, time: Duration) -> f64 {
        let until = Instant::now() + time;
        let mut most: f64 = 0.0;
        while Instant::now() < until {
            most = most.max(self.rss_kib());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        most
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for(port: u16) {
    for _ in 0..1500 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("nobody listens on port {port}");
}

impl Server {
    /// The binary with demo data, asking `upstream`.
    pub fn start(upstream: &str) -> Self {
        let beside = || std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("auterity");
        let program = std::env::var_os("RELAY_SERVER").map_or_else(beside, PathBuf::from);
        println!("server: {}", program.display());
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut command = pinned(program.as_os_str(), 0);
        command.args(["serve", "--demo"]).stdout(Stdio::null());
        command
            .env("AUTERITY_SERVER__BIND", format!("127.0.0.1:{port}"))
            .env("AUTERITY_SERVER__MAX_STREAMS", "5000")
            .env("AUTERITY_DATA__DIR", folder.path())
            .env("AUTERITY_LIMITS__ENABLED", "false")
            .env("RUST_LOG", "error")
            .env("OPENAI_BASE_URL", upstream)
            .env("OPENAI_API_KEY", "bench");
        if let Some(url) = std::env::var_os("RELAY_DATABASE_URL") {
            command.env("DATABASE_URL", url);
        }
        let child = command.spawn().unwrap();
        wait_for(port);
        // indexes and the tokenizer are loaded in the background
        std::thread::sleep(Duration::from_secs(4));
        Self { process: Process { child, url: format!("http://127.0.0.1:{port}") }, _folder: folder }
    }
}

/// The peer, when one is named.
pub fn peer(upstream: &str) -> Option<Process> {
    let line = std::env::var("RELAY_PEER").ok()?;
    let mut words = line.split_whitespace();
    let port = free_port();
    let mut command = pinned(std::ffi::OsStr::new(words.next()?), 0);
    let child = command.args(words).env("PORT", port.to_string()).env("UPSTREAM", upstream).spawn().unwrap();
    wait_for(port);
    Some(Process { child, url: format!("http://127.0.0.1:{port}/v1") })
}

/// As many open sockets as the system lets us have.
pub fn many_files() {
    let limit = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limit.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    let soft: u64 = files.split_whitespace().nth(3).and_then(|word| word.parse().ok()).unwrap_or(1024);
    if soft < 4096 {
        println!("only {soft} open files: run `ulimit -n 8192` first");
    }
}
