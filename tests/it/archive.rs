//! Archives: what comes out of them, what hostile ones come to, and what a killed run leaves.

use super::fixture::Fixture;
use assert_cmd::cargo::cargo_bin;
use caseveil::batch::{ManifestLine, read_manifest};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use zip::write::SimpleFileOptions;

/// Ten digits that pass the check by construction.
const OHIP: &str = "OHIP 9876-543-217 JK";
const MASKED: &str = "OHIP [HEALTH-NUMBER-1]";

type Members<'m> = &'m [(&'m str, &'m [u8])];

fn zipped(members: Members<'_>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.set_comment(OHIP).unwrap();
    zip.finish().unwrap().into_inner()
}

fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = Vec::new();
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        out.push((file.name().unwrap().to_string(), bytes));
    }
    out
}

/// A tar, each member with its kind; a hostile path is written as it is.
fn tarred(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_uid(1234);
        header.set_mtime(1_700_000_000);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(bytes, level)
}

/// Unpacks with a program of the system.
fn by_program(program: &str, arguments: &[&str], path: &Path) -> Vec<u8> {
    let done = Command::new(program).args(arguments).arg(path).output().unwrap();
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Position, status, reason and output of each line.
fn told(manifest: &Path) -> Vec<(String, &'static str, String, String)> {
    let lines = read_manifest(manifest).unwrap();
    lines
        .into_iter()
        .map(|l| {
            let (reason, output) = (l.reason.unwrap_or_default(), l.output.unwrap_or_default());
            (l.input, l.status.name(), reason, output)
        })
        .collect()
}

#[test]
fn archives_come_out_as_they_went_in() {
    let fixture = Fixture::new();
    let lines = format!("{{\"a\":\"{OHIP}\"}}\nbroken\n");
    let inner = gzipped(&tarred(&[
        ("deep/x.json", tar::EntryType::Regular, format!("{{\"n\":\"{OHIP}\"}}").as_bytes()),
        ("deep", tar::EntryType::Directory, b""),
    ]));
    fixture
        .input("a.txt.gz", gzipped(OHIP.as_bytes()))
        .input("b.jsonl.zst", [zstd(lines.as_bytes()), zstd(b"{\"b\":1}\n")].concat())
        .input(
            "c.zip",
            zipped(&[
                ("notes/pain.txt", OHIP.as_bytes()),
                ("OHIP 9876543217/9876543217.txt", b"pain 7/10"),
                ("inner.tgz", &inner),
                ("lines.jsonl", lines.as_bytes()),
                ("picture.bin", b"\x89PNG\0\0"),
            ]),
        )
        .input(
            "d.tar",
            tarred(&[
                ("pain.txt", tar::EntryType::Regular, OHIP.as_bytes()),
                ("by-content", tar::EntryType::Regular, &gzipped(OHIP.as_bytes())),
            ]),
        );
    let run = fixture.run(&["scrub", "in", "--out", "out"], "");
    assert_eq!(
        run.err,
        "12 documents: 9 released, 0 held, 1 refused, 2 quarantined; 1 outputs got a number for a \
         name\n        7 HEALTH_NUMBER\n\
         input 2, line 2: quarantined: not valid JSON at column 1\n\
         input 3/4, line 2: quarantined: not valid JSON at column 1\n\
         input 3/5: refused: an image cannot be searched; convert it to a supported format first\n"
    );
    assert_eq!((run.status, run.out.as_str()), (3, ""));
    let none = String::new;
    let line = |input: &str, output: &str| {
        (input.to_owned(), "released", String::new(), output.to_owned())
    };
    let broken = |input: &str| {
        (input.to_owned(), "quarantined", "not valid JSON at column 1".to_owned(), none())
    };
    let unknown = "an image cannot be searched; convert it to a supported format first".to_owned();
    assert_eq!(
        told(&fixture.path("out/manifest.jsonl")),
        [
            line("1", "a.txt.gz"),
            broken("2:2"),
            line("2", "b.jsonl.zst"),
            line("3/1", "notes/pain.txt"),
            line("3/2", "folder-2/document-2.txt"),
            line("3/3/1", "deep/x.json"),
            line("3/3", "inner.tgz"),
            broken("3/4:2"),
            line("3/4", "lines.jsonl"),
            ("3/5".to_owned(), "refused", unknown, none()),
            line("3", "c.zip"),
            line("4/1", "pain.txt"),
            line("4/2", "by-content"),
            line("4", "d.tar"),
        ]
    );
    // Other programs read the outputs, and nothing of the inputs is left in them.
    let out = |name: &str| fixture.path("out").join(name);
    assert_eq!(by_program("gzip", &["-dc"], &out("a.txt.gz")), MASKED.as_bytes());
    let mut plain = Vec::new();
    let packed = fs::read(out("b.jsonl.zst")).unwrap();
    ruzstd::decoding::StreamingDecoder::new(packed.as_slice())
        .unwrap()
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, format!("{{\"a\":\"{MASKED}\"}}\n{{\"b\":1}}\n").as_bytes());
    let zip = fs::read(out("c.zip")).unwrap();
    assert!(!zip.windows(4).any(|w| w == b"9876"), "names, comments or members show the number");
    let members = unzipped(&zip);
    let names: Vec<&str> = members.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["notes/pain.txt", "folder-2/document-2.txt", "inner.tgz", "lines.jsonl"]);
    assert_eq!(members[0].1, MASKED.as_bytes());
    assert_eq!(members[1].1, b"pain 7/10");
    assert_eq!(members[3].1, format!("{{\"a\":\"{MASKED}\"}}\n").as_bytes());
    fs::write(fixture.path("inner.tgz"), &members[2].1).unwrap();
    let inner = by_program("tar", &["-xzOf"], &fixture.path("inner.tgz"));
    assert_eq!(inner, format!("{{\"n\":\"{MASKED}\"}}\n").as_bytes());
    let listed = by_program("tar", &["--numeric-owner", "-tvf"], &out("d.tar"));
    let listed = String::from_utf8(listed).unwrap();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.lines().all(|l| l.contains(" 0/0 ") && l.contains("1970-01-01")), "{listed}");
    assert!(!fixture.path("out/.caseveil").exists());
}

/// Every member of a zip said to be encrypted, as `zip -e` says it.
fn said_to_be_encrypted(mut zip: Vec<u8>) -> Vec<u8> {
    for (mark, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at: Vec<usize> = memchr::memmem::find_iter(&zip, mark).collect();
        for at in at {
            zip[at + flags] |= 1;
        }
    }
    zip
}

/// An input, its status, and why.
type Found<'f> = (&'f str, &'f str, String);

#[test]
fn hostile_inputs_are_quarantined_and_say_why() {
    let zeros = vec![b'0'; 40 << 20];
    let bomb = gzipped(&zeros);
    let link = tar::EntryType::Symlink;
    let file = tar::EntryType::Regular;
    let long = [b"\"".as_slice(), &vec![b'a'; 17 << 20], b"\"\n{\"a\":1}\n"].concat();
    let mut nested = gzipped(OHIP.as_bytes());
    for _ in 0..7 {
        nested = gzipped(&nested);
    }
    let mut huge = tarred(&[("a", tar::EntryType::GNULongName, &vec![b'n'; 70_000])]);
    huge.truncate(60_000);
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let noise: Vec<u8> =
        (0..9_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let damaged = |what: &str| format!("damaged: the {what} ends early or does not hold together");
    let too_much = "unpacks to too much: more than 200 times its packed size".to_owned();
    let escapes = "the path of the member leads out of its archive".to_owned();
    let no_file = "a link to a folder, or no regular file; give its target as a path of its own";
    let json = |column: usize| format!("not valid JSON at line 1, column {column}");
    let cases: Vec<(&str, Vec<u8>, Vec<Found<'_>>)> = vec![
        ("a-bomb.txt.gz", bomb.clone(), vec![("", "quarantined", too_much.clone())]),
        ("b-bomb.txt.zst", zstd(&zeros), vec![("", "quarantined", too_much.clone())]),
        (
            "c-bomb.zip",
            zipped(&[("pain.txt", OHIP.as_bytes()), ("a.txt", &zeros)]),
            vec![
                ("/1", "released", String::new()),
                ("/2", "quarantined", too_much.clone()),
                ("", "released", String::new()),
            ],
        ),
        (
            "d-bomb.tgz",
            gzipped(&tarred(&[("p.txt", file, OHIP.as_bytes()), ("a.txt", file, &zeros)])),
            vec![("", "quarantined", too_much)],
        ),
        (
            "e-nested",
            nested,
            vec![(
                "",
                "quarantined",
                "unpacks to too much: more than 6 archives in one another".to_owned(),
            )],
        ),
        (
            "f-slip.zip",
            zipped(&[("../../evil.txt", OHIP.as_bytes()), ("pain.txt", b"7/10")]),
            vec![
                ("/1", "quarantined", escapes.clone()),
                ("/2", "released", String::new()),
                ("", "released", String::new()),
            ],
        ),
        (
            "g-slip.tar",
            tarred(&[
                ("/etc/evil.txt", file, OHIP.as_bytes()),
                ("a/../../evil.txt", file, OHIP.as_bytes()),
                ("loop", link, b""),
            ]),
            vec![
                ("/1", "quarantined", escapes.clone()),
                ("/2", "quarantined", escapes),
                ("/3", "quarantined", no_file.to_owned()),
                ("", "quarantined", String::new()),
            ],
        ),
        ("h-cut.txt.gz", half(gzipped(&noise)), vec![("", "quarantined", damaged("gzip"))]),
        ("i-cut.txt.zst", half(zstd(&noise)), vec![("", "quarantined", damaged("zstd"))]),
        (
            "j-cut.zip",
            half(zipped(&[("a.txt", &noise)])),
            vec![("", "quarantined", damaged("zip"))],
        ),
        (
            "k-cut.tgz",
            half(gzipped(&tarred(&[("p.txt", file, OHIP.as_bytes()), ("n.txt", file, &noise)]))),
            vec![("", "quarantined", damaged("gzip"))],
        ),
        ("l-name.tar", huge, vec![("", "quarantined", damaged("tar"))]),
        (
            "m-secret.zip",
            said_to_be_encrypted(zipped(&[("a.txt", OHIP.as_bytes())])),
            vec![
                ("/1", "quarantined", "encrypted: unpack it with its password first".to_owned()),
                ("", "quarantined", String::new()),
            ],
        ),
        (
            "n-long.jsonl",
            long,
            vec![
                (
                    ":1",
                    "quarantined",
                    "the input has 17825795 bytes; the limit for one case is 16777216".to_owned(),
                ),
                ("", "released", String::new()),
            ],
        ),
        ("o-deep.json", "[".repeat(200_000).into_bytes(), vec![("", "quarantined", json(128))]),
        ("p-wrong.json", b"PK is no zip".to_vec(), vec![("", "quarantined", json(1))]),
        (
            "q-bytes.txt",
            [
                OHIP.as_bytes(),
                " H\u{e9}l\u{e8}ne \u{e0} l'\u{e9}t\u{e9} ".as_bytes(),
                b"\xff\xfe\x80",
            ]
            .concat(),
            vec![("", "quarantined", damaged("UTF-8 text"))],
        ),
        (
            "r-packed.txt",
            b"BZh91AY&SY".to_vec(),
            vec![(
                "",
                "refused",
                "packed in a way that is not read (bzip2); unpack it first".to_owned(),
            )],
        ),
    ];
    let fixture = Fixture::new();
    let mut expected = Vec::new();
    for (i, (name, bytes, lines)) in cases.iter().enumerate() {
        fixture.input(name, bytes);
        for (suffix, status, reason) in lines {
            expected.push((format!("{}{suffix}", i + 1), *status, reason.clone()));
        }
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(".", fixture.path("in/y-loop")).unwrap();
        std::os::unix::fs::symlink("z-self", fixture.path("in/z-self")).unwrap();
        let n = cases.len();
        expected.push(((n + 1).to_string(), "quarantined", no_file.to_owned()));
        expected.push((
            (n + 2).to_string(),
            "quarantined",
            "cannot be read: filesystem loop or indirection limit (e.g. symlink loop)".to_owned(),
        ));
    }
    // Bounded memory: the address space of the whole process, buffers of threads included.
    let bin = cargo_bin("caseveil");
    let command =
        format!("ulimit -v 1200000; exec '{}' scrub in --out out --rules rules", bin.display());
    let run =
        Command::new("sh").args(["-c", &command]).current_dir(fixture.path("")).output().unwrap();
    let err = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(3), "{err}");
    let found: Vec<(String, &str, String)> = told(&fixture.path("out/manifest.jsonl"))
        .into_iter()
        .map(|(input, status, reason, _)| (input, status, reason))
        .collect();
    assert_eq!(found, expected);
    let names: Vec<String> = bytes_below(&fixture.path("out")).into_keys().collect();
    assert_eq!(
        names,
        ["c-bomb.zip", "f-slip.zip", "manifest.jsonl", "n-long.jsonl"],
        "nothing else is written, here or elsewhere"
    );
    assert!(!fixture.path("evil.txt").exists());
}

/// All files below a folder, by name; manifests without the day.
fn bytes_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).unwrap();
            if path.ends_with("manifest.jsonl") {
                let lines = String::from_utf8(bytes).unwrap();
                let dayless = lines.lines().map(|l| {
                    let mut line: ManifestLine = serde_json::from_str(l).unwrap();
                    line.date = None;
                    serde_json::to_string(&line).unwrap()
                });
                bytes = dayless.collect::<Vec<_>>().join("\n").into_bytes();
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if !["report.html", "report.json"].contains(&name.as_str()) {
                out.insert(name, bytes);
            }
        }
    }
    out
}

/// A number below `n` (`SplitMix64`).
fn roll(seed: &mut u64, n: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % n
}

/// Mixed inputs: notes, JSON, lines, compressed files, archives, and some that are not released.
fn mixed(fixture: &Fixture, n: usize) {
    for i in 0..n {
        let note = format!("{OHIP}, visit {i}, pain {}/10. ", i % 11).repeat(1 + i % 7);
        let json = format!("{{\"visit\":{i},\"note\":\"{note}\"}}");
        let lines = format!("{json}\n").repeat(1 + i % 20);
        let (name, bytes) = match i % 10 {
            0..=3 => (format!("v{i:05}.txt"), note.into_bytes()),
            4 | 5 => (format!("v{i:05}.json"), json.into_bytes()),
            6 => (format!("v{i:05}.jsonl"), lines.into_bytes()),
            7 => (format!("v{i:05}.jsonl.gz"), gzipped(lines.as_bytes())),
            8 => (
                format!("v{i:05}.zip"),
                zipped(&[("a.txt", note.as_bytes()), ("b.jsonl", lines.as_bytes())]),
            ),
            _ => (format!("v{i:05}.json"), b"{broken".to_vec()),
        };
        fixture.input(&format!("{:02}/{name}", i % 40), bytes);
    }
}

struct Interrupted {
    kills: usize,
    /// Inputs that the last run did, and those that were complete before it.
    last: (usize, usize),
}

fn lines_of(manifest: &Path) -> usize {
    fs::read(manifest).map_or(0, |bytes| bytes.iter().filter(|b| **b == b'\n').count())
}

/// Runs into `out`, killed `kills` times at moments of the seed, then to the end.
fn killed(
    fixture: &Fixture,
    out: &str,
    jobs: &str,
    kills: usize,
    lines: usize,
    seed: u64,
) -> Interrupted {
    let manifest = fixture.path(out).join("manifest.jsonl");
    let command = |resume: bool| {
        let mut command = Command::new(cargo_bin("caseveil"));
        command.current_dir(fixture.path(""));
        command.args(["scrub", "in", "--out", out, "--rules", "rules", "--jobs", jobs, "--json"]);
        command.args(resume.then_some("--resume"));
        command
    };
    let mut seed = seed;
    let mut hit = 0;
    for k in 0..kills {
        // Where in the run, not when: a fast machine is killed at the same places.
        let part = lines / (kills + 1);
        let target = part * k + roll(&mut seed, part as u64 / 2) as usize;
        let mut child = command(k > 0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && lines_of(&manifest) < target.max(1) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(roll(&mut seed, 20_000)));
        child.kill().unwrap();
        hit += usize::from(child.wait().unwrap().code().is_none());
        assert!(fixture.path(out).join(".caseveil/run.json").exists(), "kill {k} came too late");
    }
    let before = read_lines(&manifest).iter().filter(|l| l.is_file()).count();
    let done = command(true).output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
    let events = String::from_utf8(done.stdout).unwrap();
    let inputs = events.lines().filter_map(|l| {
        let event: serde_json::Value = serde_json::from_str(l).unwrap();
        event["input"].as_str().filter(|i| i.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
    });
    Interrupted { kills: hit, last: (inputs.count(), before) }
}

/// The complete lines of a manifest that may end in a piece.
fn read_lines(manifest: &Path) -> Vec<ManifestLine> {
    let text = fs::read_to_string(manifest).unwrap();
    text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}

/// Killed `kills` times at one and at two threads, `files` inputs come out as in one go.
fn trial(files: usize, kills: usize, seed: u64) {
    let fixture = Fixture::new();
    mixed(&fixture, files);
    let run = fixture.run(&["scrub", "in", "--out", "whole", "--jobs", "2"], "");
    assert_eq!(run.status, 3, "{}", run.err);
    let whole = bytes_below(&fixture.path("whole"));
    let lines = lines_of(&fixture.path("whole/manifest.jsonl"));
    for jobs in ["1", "2"] {
        let out = format!("killed-{jobs}");
        // The control: one kill, and nothing done about it, is noticed.
        let control = format!("control-{jobs}");
        let mut child = Command::new(cargo_bin("caseveil"))
            .current_dir(fixture.path(""))
            .args(["scrub", "in", "--out", &control, "--rules", "rules", "--jobs", jobs])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while lines_of(&fixture.path(&control).join("manifest.jsonl")) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(bytes_below(&fixture.path(&control)) != whole, "the kill came too late");
        let done = killed(&fixture, &out, jobs, kills, lines, seed);
        assert_eq!(done.kills, kills, "every kill met a living run");
        assert_eq!(done.last.0 + done.last.1, files, "only what is missing is done");
        assert!(done.last.1 > 0, "something was complete before the last run");
        assert!(bytes_below(&fixture.path(&out)) == whole, "seed {seed}, {jobs} threads");
        // Nothing is missing: nothing is done, and the run says the same.
        let again = ["scrub", "in", "--out", &out, "--resume"];
        assert_eq!(fixture.run(&again, ""), run, "{jobs} threads");
    }
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    trial(500, 5, 20_261_126);
}

/// `cargo test --profile ci --test it archive -- --ignored --nocapture`, minutes.
#[test]
#[ignore = "minutes; its result is under record/"]
fn a_run_killed_many_times_goes_on_to_the_same_bytes() {
    trial(20_000, 50, 20_261_126);
}

#[test]
fn a_run_is_not_mixed_with_another() {
    let fixture = Fixture::new();
    fixture.input("a.txt", OHIP).input("b.txt", "pain 7/10");
    let scrub = |more: &[&str]| {
        let run = fixture.run(&[&["scrub", "in", "--out", "out"], more].concat(), "");
        (run.status, run.err.lines().next().unwrap_or("").to_owned())
    };
    let all =
        |n: usize| (0, format!("{n} documents: {n} released, 0 held, 0 refused, 0 quarantined"));
    assert_eq!(scrub(&[]), all(2));
    let not_empty = "caseveil: the output folder is not empty: go on with its run by --resume, or \
                     choose another folder";
    assert_eq!(scrub(&[]), (1, not_empty.to_owned()));
    assert_eq!(scrub(&["--resume"]), all(2));
    // An output that went missing is made again.
    fs::remove_file(fixture.path("out/b.txt")).unwrap();
    assert_eq!(scrub(&["--resume"]), all(2));
    assert_eq!(fs::read_to_string(fixture.path("out/b.txt")).unwrap(), "pain 7/10");
    fixture.input("c.txt", "pain 8/10");
    let grown =
        "caseveil: the finished run had 2 inputs and there are 3 now: start anew in another folder";
    assert_eq!(scrub(&["--resume"]), (1, grown.to_owned()));
    let policy = fixture.path("rules/policies/echo-case.toml");
    let other = fs::read_to_string(&policy).unwrap().replace("version = 1", "version = 2");
    fs::write(policy, other).unwrap();
    let differs = scrub(&["--resume"]);
    assert!(differs.1.starts_with("caseveil: the run was begun with another "), "{differs:?}");
}

/// The manifest tells no size, no time and no plain digest of an input; with a key, a keyed one.
#[test]
fn a_manifest_lets_nobody_test_a_guess() {
    let fixture = Fixture::new();
    fixture
        .input("a.txt", OHIP)
        .input("OHIP 9876543217.zip", zipped(&[("b.txt", OHIP.as_bytes())]));
    let key = format!("id = \"k1\"\nsecret = \"{}\"\n", "0f".repeat(32));
    fs::write(fixture.path("key.toml"), key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = fs::Permissions::from_mode(0o600);
        fs::set_permissions(fixture.path("key.toml"), rights).unwrap();
    }
    let plain = fixture.run(&["scrub", "in", "--out", "plain"], "");
    let keyed = fixture.run(&["scrub", "in", "--out", "keyed", "--key-file", "key.toml"], "");
    assert_eq!((plain.status, keyed.status), (0, 0), "{} {}", plain.err, keyed.err);
    let digests = |out: &str| -> Vec<Option<String>> {
        let lines = read_manifest(&fixture.path(out).join("manifest.jsonl")).unwrap();
        lines.into_iter().map(|l| l.input_hmac_sha256).collect()
    };
    assert_eq!(digests("plain"), [None, None, None]);
    let keyed = digests("keyed");
    assert!(keyed.iter().all(|d| d.as_ref().is_some_and(|d| d.len() == 64)), "{keyed:?}");
    // The member `b.txt` holds the same bytes as the file `a.txt`.
    assert_eq!(keyed[0], keyed[2]);
    for out in ["plain", "keyed"] {
        let text = fs::read_to_string(fixture.path(out).join("manifest.jsonl")).unwrap();
        assert!(!text.contains("9876"), "{text}");
    }
    // With a key, a finished run knows which inputs have changed.
    fixture.input("a.txt", format!("{OHIP}, seen again"));
    let again = ["scrub", "in", "--out", "keyed", "--key-file", "key.toml", "--resume"];
    assert_eq!(fixture.run(&again, "").status, 0);
    let text = fs::read_to_string(fixture.path("keyed/a.txt")).unwrap();
    assert_eq!(text, format!("{MASKED}, seen again"));
}
