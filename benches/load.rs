//! The served gate under load, beside a bare axum JSON echo of the same forms: requests for a
//! second of the server's CPU time, p99 at half saturation, what happens at twice saturation, and
//! memory over a soak. `cargo bench --profile ci --bench load`, with wrk installed; see
//! `benches/README.md`. `EACH=10` is the length of a run in seconds, `SOAK=600` adds a soak.

#![expect(clippy::print_stdout, reason = "the report is what a bench is for")]

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Forms of each size; they are sent in turn.
const FORMS: usize = 16;

/// Finds out how much a server can do.
const FULL: Pace = Pace::Full(16);

/// Requests that the gate has places for; the next is shed.
const PLACES: u32 = 64;

/// How long a connection may rest in the mean: after five seconds without a request the gate
/// closes it.
const LONGEST_REST: f64 = 2.0;

const SERVERS: [(&str, &str); 3] =
    [("echo", "/"), ("deidentify", "/v1/deidentify"), ("cases", "/v1/cases")];

#[expect(clippy::disallowed_methods, reason = "a bench is set by its environment")]
fn main() {
    let asked = |name| std::env::var(name).ok().and_then(|v: String| v.parse::<u64>().ok());
    if std::env::var_os("ECHO").is_some() {
        return echo();
    }
    let each = asked("EACH").unwrap_or(10);
    let dir = tempfile::tempdir().expect("a temporary folder can be made");
    let data = dir.path().join("data");
    let own = std::env::current_exe().expect("a program knows its file");
    let echo = Server::start(Command::new(own).env("ECHO", "1"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseveil"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let gate = Server::start(command.env("CASEVEIL_LOG", "error"));
    let mut created = 0;
    for size in [4_000, 20_000] {
        let forms = dir.path().join(size.to_string());
        let bytes = make_forms(&gate, &forms, size);
        println!("\n{FORMS} forms of {bytes} bytes in the mean; load {}", load_average());
        let mut first = None;
        for (name, path) in SERVERS {
            let server = if name == "echo" { &echo } else { &gate };
            let load = Load { server, path, forms: &forms, each };
            created += load.report(name, &mut first);
        }
    }
    if let Some(seconds) = asked("SOAK") {
        created += soak(&gate, &dir.path().join("4000"), seconds);
    }
    println!("\nafter all: {}", gate.memory());
    settle(gate, &data, created);
}

/// A server process of its own.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit("http://").next().unwrap_or_default().to_owned();
        Self { child, address }
    }

    /// User and system time until now, in seconds.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("the server runs");
        let (_, fields) = stat.rsplit_once(')').expect("the name of the program ends");
        let ticks = fields.split_whitespace().skip(11).take(2);
        // Linux tells programs of hundredths, whatever its own clock.
        ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    fn memory(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the server runs");
        let of = |name| {
            let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap_or("");
            let kilobytes = line.split_whitespace().find_map(|w| w.parse::<u64>().ok());
            kilobytes.unwrap_or(0) / 1000
        };
        format!("{} MB resident, {} MB at most", of("VmRSS:"), of("VmHWM:"))
    }

    /// The status of the answer to a form.
    fn ask(&self, path: &str, form: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.address,
            form.len()
        );
        stream.write_all(head.as_bytes()).expect("the server reads");
        stream.write_all(form).expect("the server reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server answers");
        String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Loads on one route of a server.
struct Load<'a> {
    server: &'a Server,
    path: &'a str,
    forms: &'a Path,
    each: u64,
}

/// What came of a run.
struct Answers {
    served: u64,
    created: u64,
    shed: u64,
    other: u64,
    broken: u64,
    p50: f64,
    p99: f64,
    seconds: f64,
    cpu: f64,
}

impl Answers {
    fn each_second(&self) -> f64 {
        self.served as f64 / self.seconds
    }

    fn each_cpu_second(&self) -> f64 {
        self.served as f64 / self.cpu
    }
}

/// How fast requests come.
#[derive(Clone, Copy)]
enum Pace {
    /// From so many connections, each as soon as the last is answered.
    Full(u32),
    /// So many a second, from so many connections that each rests most of the time.
    Each(f64),
    /// More connections than places; those that are shed come again, all together so often a
    /// second.
    Again(f64),
}

impl Pace {
    /// Connections, and milliseconds before a request and more after one that was shed.
    fn parts(self) -> (u32, f64, f64) {
        match self {
            Self::Full(connections) => (connections, 0.0, 0.0),
            Self::Each(rate) => {
                let connections = (rate * LONGEST_REST).clamp(4.0, 48.0).floor();
                (connections as u32, 1000.0 * connections / rate, 0.0)
            }
            Self::Again(rate) => {
                let more = (rate * LONGEST_REST).clamp(4.0, 192.0).floor();
                (PLACES + more as u32, 0.0, 1000.0 * more / rate)
            }
        }
    }
}

impl Load<'_> {
    fn run(&self, pace: Pace) -> Answers {
        let (connections, pause, rest) = pace.parts();
        let (cpu, begun) = (self.server.cpu(), Instant::now());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load.lua");
        let run = Command::new("wrk")
            .args(["-t1", "--timeout", "10s", "-c", &connections.to_string()])
            .args(["-d", &format!("{}s", self.each), "-s"])
            .arg(script)
            .arg(format!("http://{}{}", self.server.address, self.path))
            .env("FORMS", self.forms)
            .env("COUNT", FORMS.to_string())
            .env("PAUSE", pause.to_string())
            .env("REST", rest.to_string())
            .output()
            .expect("wrk is installed");
        let seconds = begun.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        let figures = said.lines().find_map(|l| l.strip_prefix("figures "));
        let figures = figures.unwrap_or_else(|| panic!("wrk has no figures: {said}"));
        let n: Vec<u64> = figures.split(' ').map(|f| f.parse().expect("a count")).collect();
        let [ok, created, shed, other, broken, p50, p99] = n[..] else { panic!("seven figures") };
        let (p50, p99) = (p50 as f64 / 1000.0, p99 as f64 / 1000.0);
        let cpu = self.server.cpu() - cpu;
        Answers { served: ok + created, created, shed, other, broken, p50, p99, seconds, cpu }
    }

    /// Saturates, halves and doubles; the cases that were acknowledged. `echo` keeps the first
    /// server's requests for a CPU second, and its p99.
    fn report(&self, name: &str, echo: &mut Option<(f64, f64)>) -> u64 {
        let warm = self.run(FULL);
        let full = self.run(FULL);
        let half = self.run(Pace::Each(full.each_second() / 2.0));
        let (of_echo, tail) = *echo.get_or_insert((full.each_cpu_second(), half.p99));
        println!(
            "{name}: saturated {:.0}/s, {:.0} for a CPU second ({:.4} of the echo's), {:.2} ms of CPU each",
            full.each_second(),
            full.each_cpu_second(),
            full.each_cpu_second() / of_echo,
            1000.0 / full.each_cpu_second(),
        );
        println!(
            "  half ({:.0}/s): p50 {:.1} ms, p99 {:.1} ms ({:.1} of the echo's), {} not served",
            half.each_second(),
            half.p50,
            half.p99,
            half.p99 / tail,
            half.shed + half.other + half.broken,
        );
        let mut created = warm.created + full.created + half.created;
        let twice = ("twice", Pace::Again(full.each_second()));
        for (what, pace) in [twice, ("256 connections without rest", Pace::Full(256))] {
            if name == "echo" {
                continue;
            }
            let run = self.run(pace);
            println!(
                "  {what}: {:.0} asked/s, {:.0} served/s ({:.2} of saturation), {} shed with 429 or 503, \
                 {} otherwise, {} broken, p99 {:.0} ms",
                (run.served + run.shed + run.other) as f64 / run.seconds,
                run.each_second(),
                run.each_second() / full.each_second(),
                run.shed,
                run.other,
                run.broken,
                run.p99,
            );
            created += run.created;
        }
        println!("  {}; load {}", self.server.memory(), load_average());
        created
    }
}

/// Saturates both routes in turn and tells the memory each minute; the cases acknowledged.
fn soak(gate: &Server, forms: &Path, seconds: u64) -> u64 {
    println!("\nsoak of {seconds} s, both routes in turn");
    let (begun, mut created, mut served, mut told) = (Instant::now(), 0, 0, 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        for (_, path) in &SERVERS[1..] {
            let run = Load { server: gate, path, forms, each: 10 }.run(FULL);
            created += run.created;
            served += run.served;
        }
        let minute = begun.elapsed().as_secs() / 60;
        if minute > told {
            println!("  {:>3} s, {served} served: {}", begun.elapsed().as_secs(), gate.memory());
            told = minute;
        }
    }
    created
}

/// Stops the gate once all is delivered, and compares what was acknowledged with the ledger.
fn settle(gate: Server, data: &Path, created: u64) {
    let files = || fs::read_dir(data.join("hub")).map_or(0, Iterator::count);
    let (begun, mut before) = (Instant::now(), 0);
    while files() > before && begun.elapsed() < Duration::from_mins(10) {
        before = files();
        std::thread::sleep(Duration::from_secs(5));
    }
    drop(gate);
    let verify = caseveil(&["ledger", "verify", "--data", &data.to_string_lossy()]);
    let counts: HashMap<&str, &str> = verify
        .lines()
        .filter_map(|l| l.trim().split_once(' '))
        .map(|(n, event)| (event, n))
        .collect();
    let count = |event| counts.get(event).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    let (released, delivered) = (count("released"), count("delivered"));
    println!(
        "{created} cases acknowledged, {released} in the ledger (wrk leaves with requests on their way), \
         {delivered} of them delivered {:.0} s after the last run",
        begun.elapsed().as_secs_f64()
    );
    assert!(released >= created, "an acknowledged case is not in the ledger");
}

/// Writes forms of about that size that the gate releases; their mean size.
fn make_forms(gate: &Server, folder: &PathBuf, size: usize) -> usize {
    fs::create_dir(folder).expect("the temporary folder can be written");
    let made = caseveil(&["generate", "--documents", "1200", "--seed", "7"]);
    let texts = made.lines().map(|l| serde_json::from_str::<Value>(l).expect("one object a line"));
    let (mut form, mut forms, mut bytes) = (Map::new(), 0, 0);
    for text in texts {
        form.insert(format!("note_{}", form.len() + 1), text["text"].clone());
        let body = serde_json::to_vec(&form).expect("a form is JSON");
        if body.len() < size {
            continue;
        }
        form.clear();
        // What is held or refused is no measure of what is released.
        if gate.ask("/v1/deidentify", &body) == "200" {
            bytes += body.len();
            let file = folder.join(forms.to_string());
            fs::write(file, body).expect("the temporary folder can be written");
            forms += 1;
        }
        if forms == FORMS {
            return bytes / FORMS;
        }
    }
    panic!("too few forms are released");
}

fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(2).collect::<Vec<_>>().join(", ")
}

fn caseveil(args: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_caseveil")).args(args).output();
    let output = run.expect("the binary was built");
    assert!(output.status.success(), "caseveil {} failed", args[0]);
    String::from_utf8(output.stdout).expect("it writes UTF-8")
}

/// The bare echo: reads a JSON form and writes it again.
fn echo() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("http://{}", listener.local_addr().expect("it has an address"));
        let router = Router::new().route("/", post(again));
        axum::serve(listener, router).await.expect("it serves");
    });
}

async fn again(body: Bytes) -> Response {
    let Ok(form) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    ([(CONTENT_TYPE, "application/json")], form.to_string()).into_response()
}
