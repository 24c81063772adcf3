//! Canaries in every field, key, header, path, query and malformed body, over the whole API of a
//! gateway process: none is anywhere afterwards, in any encoding, while it runs and after a kill.

use super::gate::{FOREIGN, bytes_below, contains, encodings};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A name that no list has, and a number of each kind that is found.
const NAME: &str = "Zqcanary-Wexford";
const HEALTH: &str = "4831-962-750";
const PHONE: &str = "416-555-0187";
const MAIL: &str = "zqcanary@example.org";
const SECRETS: [&str; 4] = [NAME, HEALTH, PHONE, MAIL];

struct Gateway {
    child: Child,
    main: String,
    admin: String,
    metrics: String,
}

impl Gateway {
    fn start(root: &Path, log: &Path) -> Self {
        let seal = root.join("seal.key");
        std::fs::write(&seal, "0f".repeat(32)).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&seal, mode).unwrap();
        let temp = root.join("tmp");
        std::fs::create_dir_all(&temp).unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("caseveil"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--presidio"]);
        command.args(["--metrics", "127.0.0.1:0", "--seal-key"]).arg(&seal);
        command.arg("--data").arg(root.join("data")).arg("--hub-dir").arg(root.join("hub"));
        command.env("CASEVEIL_LOG", "trace").env("CASEVEIL_LOW_WATER", "1").env("TMPDIR", &temp);
        command.current_dir(root);
        let log = std::fs::File::create(log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut next = |start: &str| {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            let url = line.trim().strip_prefix(start).unwrap_or_else(|| panic!("{line:?}"));
            url.trim_start_matches("http://").trim_end_matches("/metrics").to_owned()
        };
        let metrics = next("metrics on ");
        let admin = next("operators on ");
        let main = next("caseveil listens on ");
        Self { child, main, admin, metrics }
    }
}

/// A request as bytes; status and whole answer.
fn ask(address: &str, head: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let n = body.len();
    let text = format!(
        "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {n}\r\n{headers}\r\n"
    );
    stream.write_all(text.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, answer)
}

fn json_of(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or(Value::Null)
}

/// Everything a client can put somewhere; what came back, and what of it may repeat the case.
fn attack(gateway: &Gateway) -> Vec<(String, String)> {
    let c = NAME;
    let headers = format!(
        "user-agent: {c}\r\ntraceparent: {c}\r\ntracestate: a={c}\r\nbaggage: name={c}\r\nx-{c}: {c}\r\ncookie: {c}\r\n\
         referer: http://localhost/{c}\r\nx-forwarded-for: {c}\r\nauthorization: Bearer {c}\r\n"
    );
    let typed = |t: &str| format!("content-type: {t}\r\n{headers}");
    let keyed = |t: &str, key: &str| format!("idempotency-key: {key}{c}\r\n{}", typed(t));
    let all = format!("Patient: {c}, OHIP {HEALTH} JK, tel {PHONE}, {MAIL}");
    let case = json!({ "Patient name": c, "patient_name": c, "notes": [all, { "text": all }], c: all, "tel": PHONE, "n": 4_831_962_750_u64 });
    let mut answers = Vec::new();
    let mut tell = |what: &str, (status, answer): (u16, String)| {
        answers.push((format!("{what} {status}"), answer));
    };
    let (j, t) = ("application/json", "text/plain");
    for (n, route) in ["/v1/cases", "/v1/lint", "/v1/deidentify"].iter().enumerate() {
        let head = format!("POST {route}?name={c}&q={HEALTH}#{c}");
        for (m, media) in [j, t].iter().enumerate() {
            let key = format!("{n}{m}");
            let bytes = case.to_string();
            tell(
                &format!("{route} {media}"),
                ask(&gateway.main, &head, &keyed(media, &key), bytes.as_bytes()),
            );
        }
        tell(&format!("{route} text"), ask(&gateway.main, &head, &typed(t), all.as_bytes()));
        for (what, body) in [
            ("cut off", format!("{{\"{c}\": \"{all}")),
            ("bare word", format!("{{\"name\": {c}}}")),
            ("a text", format!("\"{all}\"")),
            ("repeated keys", format!("{{\"{c}\":1,\"{c}\":2")),
            ("deep", format!("{}\"{c}\"", "[".repeat(300))),
            ("lone surrogate", format!("{{\"{c}\":\"\\ud800{c}\"}}{c}")),
            ("huge exponent", format!("{{\"{c}\": 1e999999999999{c}}}")),
        ] {
            tell(&format!("{route} {what}"), ask(&gateway.main, &head, &typed(j), body.as_bytes()));
        }
        let latin = [all.as_bytes(), b"\xff\xfe\xe9", c.as_bytes()].concat();
        tell(&format!("{route} not utf-8"), ask(&gateway.main, &head, &typed(j), &latin));
        tell(&format!("{route} media type"), ask(&gateway.main, &head, &typed(c), all.as_bytes()));
        let packed = format!("content-encoding: {c}\r\n{}", typed(j));
        tell(&format!("{route} packed"), ask(&gateway.main, &head, &packed, all.as_bytes()));
    }
    for (address, head) in [
        (&gateway.main, format!("GET /{c}/{HEALTH}?{c}")),
        (&gateway.main, format!("GET /v1/cases/{c}")),
        (&gateway.main, format!("GET /v1/holds/{c}")),
        (&gateway.main, format!("POST /v1/holds/{c}/decisions")),
        (&gateway.main, format!("{c} /v1/cases")),
        (&gateway.main, format!("GET /docs/{c}")),
        (&gateway.main, format!("GET http://{c}.test/v1/cases")),
        (&gateway.admin, format!("POST /v1/cases/{c}/replay")),
        (&gateway.admin, format!("DELETE /v1/admin/suggestions/{c}")),
        (&gateway.admin, format!("POST /v1/admin/reload?{c}")),
        (&gateway.metrics, format!("GET /metrics/{c}?{c}")),
        (&gateway.main, c.to_string()),
    ] {
        tell(&head.replace(c, "C"), ask(address, &head, &typed(j), all.as_bytes()));
    }
    // Held, looked at, decided on, in every way.
    for decision in ["release", "refuse", "wait", "bad"] {
        let held = json!({ "notes": format!("{FOREIGN} {all}"), c: c }).to_string();
        let (status, answer) = ask(&gateway.main, "POST /v1/cases", &typed(j), held.as_bytes());
        assert_eq!(status, 202, "{answer}");
        let id = json_of(&answer)["id"].as_str().unwrap().to_owned();
        tell("held", (status, answer));
        // The reviewer's view has the text: that is what it is for.
        let (status, _view) = ask(&gateway.main, &format!("GET /v1/holds/{id}"), &headers, b"");
        assert_eq!(status, 200);
        let path = format!("POST /v1/holds/{id}/decisions");
        let add = json!({ "version": 0, "decision": "add", "index": 1, "start": 0, "end": 7, "type": "CITY" });
        tell("add", ask(&gateway.main, &path, &typed(j), add.to_string().as_bytes()));
        let body = json!({ "version": 1, "decision": decision, c: null }).to_string();
        tell("not a decision", ask(&gateway.main, &path, &typed(j), body.as_bytes()));
        let body = json!({ "version": 1, "decision": decision }).to_string();
        tell(decision, ask(&gateway.main, &path, &typed(j), body.as_bytes()));
        tell("status", ask(&gateway.main, &format!("GET /v1/cases/{id}"), &headers, b""));
    }
    tell("holds", ask(&gateway.main, "GET /v1/holds", &headers, b""));
    tell("suggestions", ask(&gateway.admin, "GET /v1/admin/suggestions", &headers, b""));
    tell("metrics", ask(&gateway.metrics, "GET /metrics", &headers, b""));
    answers
}

#[test]
fn no_canary_is_anywhere() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut gateway = Gateway::start(root.path(), &log);
    let answers = attack(&gateway);
    assert!(answers.len() > 70, "{}", answers.len());
    for code in ["201", "202", "400", "404", "405", "409", "413", "415", "422"] {
        let seen = answers.iter().any(|(what, _)| what.ends_with(code));
        assert!(seen || code == "413" || code == "409", "no answer {code}");
    }
    let mut checks = 0;
    let mut search = |sink: &str, bytes: &[u8]| {
        for secret in SECRETS {
            for needle in encodings(secret) {
                checks += 1;
                assert!(!contains(bytes, &needle), "{secret} in {sink}");
            }
        }
    };
    for (what, answer) in &answers {
        search(what, answer.as_bytes());
    }
    // Deliveries end, then everything on disk while the process lives: store, its log, hub, temp.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let folders = |search: &mut dyn FnMut(&str, &[u8]), when: &str| {
        for folder in ["data", "hub", "tmp"] {
            let mut bytes = Vec::new();
            bytes_below(&root.path().join(folder), &mut bytes);
            search(&format!("{folder} {when}"), &bytes);
        }
        search(&format!("log {when}"), &std::fs::read(&log).unwrap());
    };
    folders(&mut search, "alive");
    let pid = gateway.child.id();
    let environ = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    search("cmdline", &environ);
    gateway.child.kill().unwrap();
    gateway.child.wait().unwrap();
    folders(&mut search, "after a kill");
    // No core was dumped, and nothing lies about.
    let names: Vec<_> =
        std::fs::read_dir(root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|n| !n.to_string_lossy().contains("core")), "{names:?}");
    println!("{} answers, {checks} checks, 0 canaries", answers.len());
    assert!(checks > 3000, "{checks}");
    // The log is there, from TRACE up, and the hub has its cases: what is searched is not empty.
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("request answered") && log.contains("case delivered"));
    assert!(std::fs::read_dir(root.path().join("hub")).unwrap().count() > 0);
    // The control: one line with a case in it, as careless logging would write it, is found.
    let careless = format!("{log}DEBUG body={NAME:?}");
    assert!(encodings(NAME).iter().any(|needle| contains(careless.as_bytes(), needle)));
}
