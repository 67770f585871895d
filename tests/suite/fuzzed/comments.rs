//! Lines of bytes as comments of a contract with findings: what allows is understood, what is wrong about it reported.

use clarlint::check::Run;
use clarlint::config::Config;
use clarlint::project::Project;
use time::{Date, Month};

/// Has a finding in nearly every line.
const FORMS: &[&str] = &[
    "(define-data-var owner principal tx-sender)",
    "(define-map entries uint uint)",
    "(define-public (set-owner (next principal))",
    "  (ok (var-set owner next)))",
    "(define-public (put (n uint))",
    "  (begin (asserts! (is-eq tx-sender (var-get owner)) (err u1)) (unwrap! (gone n) (err u2))",
    "    (ok (map-set entries n n))))",
    "(define-public (send (n uint)) (as-contract (stx-transfer? n tx-sender (var-get owner))))",
];

pub fn run(bytes: &[u8]) {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let mut text = Vec::new();
    for form in FORMS {
        // A line before each, and a line behind what stands in it.
        text.extend(lines.next().map(comment).unwrap_or_default());
        text.extend(form.bytes());
        text.extend(lines.next().map(comment).unwrap_or(b"\n".into()));
    }
    lines.for_each(|line| text.extend(comment(line)));
    let text = String::from_utf8_lossy(&text);
    let project = Project::from_texts([("vault.clar", &*text)]);
    for today in [None, Date::from_calendar_date(2026, Month::June, 1).ok()] {
        super::hold_run(&project, &Config::default(), &Run { today, ..Run::default() });
    }
}

fn comment(line: &[u8]) -> Vec<u8> {
    [b" ;; ", line, b"\n"].concat()
}
