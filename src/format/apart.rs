//! A second process for decoders that a file can bring down: what overflows its stack, asks for
//! more memory than there is or never ends takes nothing with it.
//!
//! Enters: the kind of decoder and the bytes of a document. Leaves: what the decoder answers, or a
//! refusal. The program is our own: `caseveil decode-apart KIND` sets its own limits before it
//! reads a byte, has no environment, and says what it read in JSON.

use super::FormatError;
use serde::de::DeserializeOwned;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

/// The program that decodes; unset, nothing is decoded that needs one.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Bytes that an answer may have.
const ANSWER: u64 = 128 << 20;

/// How long a decoder may take on a machine that has much else to do. Its share of the processor
/// is bounded by itself, far below.
const TIME: Duration = Duration::from_mins(2);

/// Names the program that decodes PDF and Parquet in a process of its own: the `caseveil` binary,
/// which names itself. Without one, these formats are refused. The first call counts.
pub fn set_decoder(program: PathBuf) {
    // A later call has nothing to add: there is one such program.
    let _ = PROGRAM.set(program);
}

/// What the decoder of a kind says of the bytes.
///
/// # Errors
/// [`FormatError::Unsupported`] without a program; [`FormatError::Syntax`] when it ends without an
/// answer.
pub(super) fn ask<A: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<A, FormatError> {
    let program = PROGRAM.get().ok_or(FormatError::Unsupported(kind.alone()))?;
    let failed = || FormatError::Syntax {
        format: kind.name(),
        place: "an unknown place".to_owned(),
        problem: "it is damaged, or made to exhaust who reads it",
    };
    let child = Command::new(program)
        .args(["decode-apart", kind.argument()])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|_| failed())?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let answer = thread::scope(|scope| {
        scope.spawn(move || {
            // One that reads no further has said what it has to say.
            let _ = stdin.map(|mut to| to.write_all(bytes));
        });
        let (sender, answers) = mpsc::channel();
        scope.spawn(move || {
            let mut answer = Vec::new();
            let read = stdout.map(|from| from.take(ANSWER).read_to_end(&mut answer));
            let _ = sender.send(matches!(read, Some(Ok(_))).then_some(answer));
        });
        let answer = answers.recv_timeout(TIME).ok().flatten();
        // All was said, or too late: what is left of it ends here, and with it both threads.
        let _ = child.kill();
        answer
    });
    let _ = child.wait();
    // Half an answer is none: JSON has an end.
    answer.and_then(|a| serde_json::from_slice(&a).ok()).ok_or_else(failed)
}

/// What is decoded apart.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Text of pages, forms and comments.
    Pdf,
    /// Columns out of a file.
    Parquet,
    /// Columns into one.
    ToParquet,
}

impl Kind {
    fn argument(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Parquet => "parquet",
            Self::ToParquet => "to-parquet",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Parquet | Self::ToParquet => "Parquet",
        }
    }

    /// What is refused where no program was named.
    fn alone(self) -> &'static str {
        match self {
            Self::Pdf => "a PDF file, without the program that decodes it apart,",
            Self::Parquet | Self::ToParquet => {
                "a Parquet file, without the program that decodes it apart,"
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_decoder_that_dies_is_a_document_refused() {
        let bytes = vec![b'x'; 1 << 20];
        let ask = || ask::<bool>(Kind::Pdf, &bytes);
        assert!(matches!(ask(), Err(FormatError::Unsupported(_))), "nobody decodes");
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("decoder");
        set_decoder(program.clone());
        let failed = |answer| matches!(answer, Err(FormatError::Syntax { format: "PDF", .. }));
        assert!(failed(ask()), "it cannot be started");
        for (script, answer) in
            [("kill -9 $$", None), ("printf tru; kill -6 $$", None), ("printf 'true'", Some(true))]
        {
            std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            let rights = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(&program, rights).unwrap();
            let found = ask();
            match answer {
                Some(said) => assert_eq!(found, Ok(said), "{script}"),
                None => assert!(failed(found), "{script}"),
            }
        }
    }
}
