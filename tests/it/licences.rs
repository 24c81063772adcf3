//! The notices of everything that is compiled into the program can be printed by it.

use assert_cmd::Command;

#[test]
fn every_notice_is_printed() {
    let print = |args: &[&str]| {
        let output = Command::cargo_bin("caseveil").unwrap().args(args).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let short = print(&["licences"]);
    let full = print(&["licences", "--full"]);
    for source in
        ["Apache License 2.0", "GeoNames", "Statistics Canada", "wordfreq", "CC BY-SA 4.0"]
    {
        assert!(short.contains(source) && full.contains(source), "{source}");
    }
    assert!(full.contains("TERMS AND CONDITIONS FOR USE"), "the program's licence in full");
    assert!(full.len() > short.len() + 20_000);
}
