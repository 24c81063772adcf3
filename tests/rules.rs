//! One named trial for every example of every rule: `cargo test --test rules -- ca.on.health_card`.

use caseveil::check::{Checker, trials};
use caseveil::pipeline::Deidentifier;
use libtest_mimic::{Arguments, Failed, Trial};
use std::cell::RefCell;
use std::sync::LazyLock;

static ENGINE: LazyLock<Deidentifier> =
    LazyLock::new(|| Deidentifier::embedded("echo-case").expect("the embedded rules are valid"));

thread_local! {
    static CHECKER: RefCell<Checker<'static>> = RefCell::new(Checker::new(&ENGINE));
}

fn main() {
    let arguments = Arguments::from_args();
    let mut all = Vec::new();
    for rule in &ENGINE.rules().rules {
        for trial in trials(rule) {
            let name = format!("{}::{}", rule.id, trial.name);
            all.push(Trial::test(name, move || match CHECKER.with_borrow_mut(|c| c.run(&trial)) {
                Ok(None) => Ok(()),
                Ok(Some(failure)) => Err(Failed::from(failure.message)),
                Err(e) => Err(Failed::from(e.to_string())),
            }));
        }
    }
    libtest_mimic::run(&arguments, all).exit();
}
