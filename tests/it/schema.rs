//! Schemathesis against the service: whatever it makes of the `OpenAPI` document, no answer is a
//! 5xx, of an undescribed status or type, or against its schema.
//!
//! `pip install schemathesis` into a folder of your own, then
//! `CASEVEIL_SCHEMATHESIS=FOLDER/bin/schemathesis CASEVEIL_EXAMPLES=200 cargo test --profile ci --test it schema -- --ignored --nocapture`

use super::gate::{custody, limits};
use super::http::service_of;
use caseveil::service::{App, admin_router, serve};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// Formats that the tool does not know.
const HOOKS: &str = "tests/it/schema_hooks.py";

/// What is served on the operators' address.
const ADMIN: &str = "/v1/admin/|/replay$";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs schemathesis; its result is under record/"]
#[expect(clippy::disallowed_methods, reason = "a trial is set by its environment")]
async fn no_request_of_a_machine_breaks_the_description() {
    let tool = std::env::var("CASEVEIL_SCHEMATHESIS").unwrap_or_else(|_| "schemathesis".to_owned());
    let examples = std::env::var("CASEVEIL_EXAMPLES").unwrap_or_else(|_| "50".to_owned());
    let service = service_of(limits(), custody(), None, App::speaking_presidio).await;
    let (stop, stopped) = watch::channel(false);
    let mut runs = Vec::new();
    for (router, which) in [
        (service.router.clone(), "--exclude-path-regex"),
        (admin_router(service.app.clone()), "--include-path-regex"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, stopped.clone(), Duration::ZERO));
        let mut command = Command::new(&tool);
        command
            .arg("run")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json"))
            .args(["--url", &format!("http://{address}"), "--checks", CHECKS, which, ADMIN])
            .args(["--max-examples", &examples, "--seed", "20261126", "--no-color"])
            .env("SCHEMATHESIS_HOOKS", Path::new(env!("CARGO_MANIFEST_DIR")).join(HOOKS))
            .current_dir(service.dir.path());
        runs.push(command);
    }
    for mut run in runs {
        let done = tokio::task::spawn_blocking(move || run.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        println!("{said}");
        assert!(said.contains("Test cases"), "schemathesis did not run");
        assert!(done.status.success(), "schemathesis found something");
    }
    drop(stop);
}
