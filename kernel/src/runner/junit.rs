//! The results of `ferrolab test` in JUnit's XML format, which CI services show: a test case for each notebook.

use std::io;
use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Failure, report};
use crate::files;

/// What has been found out so far.
#[derive(Debug)]
pub struct JUnit {
    suite: TestSuite,
    took: Duration,
}

impl Default for JUnit {
    fn default() -> Self {
        Self { suite: TestSuite::new("notebooks"), took: Duration::ZERO }
    }
}

impl JUnit {
    /// A notebook that ran to its end.
    pub fn passed(&mut self, path: &Path, took: Duration) {
        self.add(path, took, TestCaseStatus::success());
    }

    /// A notebook with nothing to run.
    pub fn skipped(&mut self, path: &Path) {
        self.add(path, Duration::ZERO, TestCaseStatus::skipped());
    }

    /// A notebook with a cell that failed, or that could not be executed at all.
    pub fn failed(&mut self, path: &Path, took: Duration, failure: &Failure) {
        let kind = if failure.cell.is_some() { NonSuccessKind::Failure } else { NonSuccessKind::Error };
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(failure.ename.as_str()).set_message(report::plain(&failure.evalue));
        status.set_description(report::plain(&report::failure(path, failure)));
        self.add(path, took, status);
    }

    fn add(&mut self, path: &Path, took: Duration, status: TestCaseStatus) {
        let mut case = TestCase::new(path.display().to_string(), status);
        case.set_classname("notebooks").set_time(took);
        self.suite.add_test_case(case);
        self.took += took;
    }

    /// Writes the file, and the folders above it where they are missing.
    pub fn write(mut self, path: &Path) -> io::Result<()> {
        let mut report = Report::new("ferrolab test");
        self.suite.set_time(self.took);
        report.set_time(self.took).add_test_suite(self.suite);
        let text = report.to_string().map_err(io::Error::other)?;
        files::write_whole(path, text.as_bytes())
    }
}
