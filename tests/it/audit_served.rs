//! A server that serves only by a valid audit: what fits starts and says so, all else does not start.

use super::audit_signed::keys;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends the server with the trial, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseveil"));
    command.current_dir(dir).args(arguments);
    command
}

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];

#[test]
fn the_gate_serves_only_by_an_audit_of_itself_that_passed_its_gates() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let ((private, public), (_, other)) = (keys(dir, 7), keys(dir, 8));
    fs::create_dir_all(dir.join("gold/en")).unwrap();
    let text = "#! layout=letter ; culture=Cree ; noise=none\nOHIP [[HEALTH_NUMBER:9876-543-217 JK]], pain 7/10\n";
    fs::write(dir.join("gold/en/001.txt"), text).unwrap();
    fs::write(dir.join("low.toml"), "[[gate]]\nname = 'all'\nrecall = 0.1\n").unwrap();
    fs::write(dir.join("high.toml"), "[[gate]]\nname = 'all'\nrecall = 0.9\n").unwrap();
    let audit = |out: &str, more: &[&str]| {
        let fixed = ["audit", "gold", "--sign-key", &private, "--out", out];
        command(dir, &[&fixed, more].concat()).output().unwrap().status.code()
    };
    assert_eq!(audit("good.json", &["--gate", "low.toml"]), Some(0));
    assert_eq!(audit("short.json", &["--gate", "high.toml"]), Some(2));
    assert_eq!(audit("ungated.json", &[]), Some(0));
    assert_eq!(audit("part.json", &["--gate", "low.toml", "--only", "lang=en"]), Some(0));
    assert_eq!(
        audit("other.json", &["--gate", "low.toml", "--policy", "hipaa-safe-harbor"]),
        Some(0)
    );
    let good = fs::read_to_string(dir.join("good.json")).unwrap();
    fs::write(dir.join("changed.json"), good.replacen("\"n\":1", "\"n\":2", 1)).unwrap();
    for (file, key, why) in [
        ("good.json", &other, "signed with another key than the one given"),
        ("changed.json", &public, "the signature does not fit the result"),
        ("short.json", &public, "1 figures of the audit fall short of their gates"),
        ("ungated.json", &public, "the audit was made without --gate"),
        ("part.json", &public, "the audit measured a part of the documents or of the engine"),
        ("other.json", &public, "the audit is about another policy than this"),
        ("none.json", &public, "cannot read the signed result"),
    ] {
        let more = ["--audit", file, "--audit-key", key];
        let done = command(dir, &[&SERVE[..], &more].concat()).output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.code() == Some(1) && said.contains(why), "{file}: {said}");
    }
    let more = ["--audit", "good.json", "--audit-key", &public];
    let mut child = command(dir, &[&SERVE[..], &more].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _server = Server(child);
    let line = lines.next().unwrap().unwrap();
    let address = line.rsplit("http://").next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(
            format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
                .as_bytes(),
        )
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let digest = caseveil::audit::digest(good.as_bytes());
    assert!(
        answer.starts_with("HTTP/1.1 200 ")
            && answer.ends_with(&format!("\r\nok\naudit {digest}\n")),
        "{answer}"
    );
}
