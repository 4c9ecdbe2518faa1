use serde_json::{Value, json};

use crate::Failure;

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    /// Nothing is broken, and somebody should know.
    Warn,
    /// Somebody must do something.
    Fail,
}

/// What one check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub check: String,
    pub verdict: Verdict,
    pub said: String,
    /// The runbook that says what to do.
    pub runbook: Option<&'static str>,
}

impl Verdict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

impl Finding {
    pub(super) fn ok(check: impl Into<String>, said: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Ok, said: said.into(), runbook: None }
    }

    pub(super) fn warn(
        check: impl Into<String>,
        said: impl Into<String>,
        runbook: Option<&'static str>,
    ) -> Self {
        Self { check: check.into(), verdict: Verdict::Warn, said: said.into(), runbook }
    }

    pub(super) fn fail(
        check: impl Into<String>,
        said: impl Into<String>,
        runbook: Option<&'static str>,
    ) -> Self {
        Self { check: check.into(), verdict: Verdict::Fail, said: said.into(), runbook }
    }

    /// Whatever differs from what it should be, or that nothing does.
    pub(super) fn of_differences(
        check: impl Into<String>,
        found: Result<Vec<String>, Failure>,
        said: &str,
        runbook: &'static str,
    ) -> Self {
        match found {
            Ok(differences) if differences.is_empty() => Self::ok(check, said),
            Ok(differences) => Self::fail(check, differences.join("; "), Some(runbook)),
            // What cannot be asked is not known to be well.
            Err(failure) => Self::fail(check, failure.to_string(), None),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ "check": self.check, "verdict": self.verdict.as_str(), "said": self.said,
                "runbook": self.runbook.map(file) })
    }

    pub(super) fn row(&self) -> Vec<String> {
        let said = match self.runbook {
            Some(runbook) => format!("{}; see {}", self.said, file(runbook)),
            None => self.said.clone(),
        };
        vec![self.verdict.as_str().into(), self.check.clone(), crate::show::plain(&said)]
    }
}

fn file(runbook: &str) -> String {
    format!("infra/runbooks/{runbook}.md")
}
