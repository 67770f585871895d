//! Random edits: whatever is done to the files of a project, what is shown afterwards is what `check` says of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fastrand::Rng;
use serde_json::json;

use super::client::Client;
use super::{Shown, assert_same, checked, position, uri};
use crate::environment;
use crate::sandbox::Sandbox;
use crate::spread;

/// What is typed: words that make contracts, halves of forms, odd characters.
const SNIPPETS: [&str; 22] = [
    "(",
    ")",
    "{",
    "}",
    "\"",
    ";; ",
    "\n",
    "\r\n",
    "é",
    "𝄞",
    " ",
    "u1",
    "tx-sender",
    "(ok true)",
    "(define-public (f) ",
    "(define-data-var v uint u0)\n",
    "(var-set v u1)",
    "(contract-call? .vault ",
    "(asserts! (is-eq tx-sender contract-caller) (err u1))",
    "(define-constant E (err u9))\n",
    ";; clarlint-allow(unenforced-guard): so it is\n",
    "(unwrap-panic (some 1))",
];

const BURSTS: usize = 24;

struct Editor {
    client: Client,
    /// What lies on disk.
    sandbox: Sandbox,
    /// What lies on disk where nothing is open: for `check`.
    shadow: Sandbox,
    open: BTreeMap<String, String>,
    version: i64,
    rng: Rng,
}

#[test]
fn after_every_burst_the_findings_are_fresh() {
    spread::over(&environment::seeds(6), |&seed| {
        let project = ["many", "adoption", "clean", "policy", "tour", "principals"][seed as usize % 6];
        let (sandbox, shadow) = (Sandbox::of(project), Sandbox::of(project));
        let mut client = Client::new(&[&sandbox.path("")]);
        let (open, rng) = (BTreeMap::new(), Rng::with_seed(seed));
        let settings = json!({"clarlint": {"inlayHints": true}});
        client.tell("workspace/didChangeConfiguration", json!({ "settings": settings }));
        let mut editor = Editor { client, sandbox, shadow, open, version: 1, rng };
        let mut said = 0;
        for burst in 0..BURSTS {
            let done: Vec<_> = (0..editor.rng.usize(1..8)).map(|_| editor.step()).collect();
            let done = format!("seed {seed}, burst {burst} of {project}: {done:?}");
            editor.compare(&done);
            said += editor.ask(&done);
        }
        assert!(said > 0, "seed {seed} of {project}: nothing was ever said of any place");
    });
}

impl Editor {
    /// The files of the project, by their names in it.
    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.sandbox.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("folders can be read") {
                let path = entry.expect("entries can be read").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push(self.name(&path)),
                }
            }
        }
        files.extend(self.open.keys().cloned());
        files.retain(|name| name.ends_with(".clar") || name.ends_with(".toml"));
        files.sort();
        files.dedup();
        files
    }

    fn name(&self, path: &Path) -> String {
        let base = self.sandbox.path("");
        path.strip_prefix(base).expect("it lies in the sandbox").to_str().expect("names are plain").to_owned()
    }

    fn step(&mut self) -> String {
        let files = self.files();
        let name = files[self.rng.usize(..files.len())].clone();
        let is_open = self.open.contains_key(&name);
        // Descriptions of the project are edited less often: hardly any text is one.
        let is_config = name.ends_with(".toml");
        match self.rng.u32(..20) {
            0 if is_open => self.close(&name),
            1 if is_open => self.save(&name),
            2 if !is_config => self.delete(&name),
            3 if !is_config => self.rename(&name),
            4 => self.create(),
            5 if is_open => self.replace(&name),
            _ if is_config && self.rng.u32(..4) > 0 => format!("left {name} alone"),
            _ => self.edit(&name),
        }
    }

    /// Opens the file if it is not, and changes some bytes of it.
    fn edit(&mut self, name: &str) -> String {
        self.open_if_closed(name);
        let text = self.open[name].clone();
        let mut ends = [self.place(&text), self.place(&text)];
        ends.sort_unstable();
        let [start, end] = ends;
        let snippet = SNIPPETS[self.rng.usize(..SNIPPETS.len())];
        // Mostly something is put in; what is taken out is short.
        let end = if self.rng.u32(..3) > 0 { start } else { cursor(&text, end.min(start + 40)) };
        let range = json!({"start": position(&text, start), "end": position(&text, end)});
        self.version += 1;
        let change = json!([{"range": range, "text": snippet}]);
        self.client.change(&self.sandbox.path(name), self.version, change);
        self.open.insert(name.to_owned(), [&text[..start], snippet, &text[end..]].concat());
        format!("edited {name} at {start}..{end}: {snippet:?}")
    }

    fn place(&mut self, text: &str) -> usize {
        cursor(text, self.rng.usize(..=text.len()))
    }

    fn open_if_closed(&mut self, name: &str) {
        if !self.open.contains_key(name) {
            let text = self.sandbox.read_lossy(name);
            self.client.open(&self.sandbox.path(name), &text);
            self.open.insert(name.to_owned(), text);
        }
    }

    fn replace(&mut self, name: &str) -> String {
        let text = self.sandbox.read_lossy(name);
        self.version += 1;
        self.client.replace(&self.sandbox.path(name), self.version, &text);
        self.open.insert(name.to_owned(), text);
        format!("took {name} back")
    }

    fn save(&mut self, name: &str) -> String {
        self.sandbox.write(name, &self.open[name]);
        self.client.save(&self.sandbox.path(name));
        format!("saved {name}")
    }

    fn close(&mut self, name: &str) -> String {
        self.open.remove(name);
        self.client.close(&self.sandbox.path(name));
        format!("closed {name}")
    }

    /// Takes a file away, be it open or not.
    fn delete(&mut self, name: &str) -> String {
        let path = self.sandbox.path(name);
        let _ = fs::remove_file(&path);
        self.client.watched(&[&path]);
        format!("deleted {name}")
    }

    fn rename(&mut self, name: &str) -> String {
        let text = self.open.get(name).cloned().unwrap_or_else(|| self.sandbox.read_lossy(name));
        let new = name.replace(".clar", "-x.clar");
        if self.open.contains_key(name) {
            self.close(name);
        }
        let (old, path) = (self.sandbox.path(name), self.sandbox.path(&new));
        let _ = fs::remove_file(&old);
        self.sandbox.write(&new, &text);
        self.client.watched(&[&old, &path]);
        format!("renamed {name} to {new}")
    }

    fn create(&mut self) -> String {
        let name = format!("contracts/made-{}.clar", self.rng.u32(..4));
        self.sandbox.write(&name, SNIPPETS[self.rng.usize(..SNIPPETS.len())]);
        self.client.watched(&[&self.sandbox.path(&name)]);
        format!("made {name}")
    }

    fn compare(&mut self, done: &str) {
        self.client.settle();
        let base = self.shadow.path("");
        fs::remove_dir_all(&base).expect("folders can be removed");
        fs::create_dir_all(&base).expect("folders can be made");
        for name in self.files() {
            match self.open.get(&name) {
                Some(text) => self.shadow.write(&name, text),
                None => self.shadow.write(&name, fs::read(self.sandbox.path(&name)).expect("it is there")),
            };
        }
        let (from, to) = (uri(&self.shadow.path("")), uri(&self.sandbox.path("")));
        let shown = &self.client.shown;
        match checked(&self.shadow, "") {
            Some(expected) => {
                let text = serde_json::to_string(&expected).expect("it is JSON").replace(&from, &to);
                let expected: Shown = serde_json::from_str(&text).expect("it was JSON");
                assert_same(shown, &expected, done);
            }
            None => assert!(shown.keys().all(|uri| uri.ends_with(".toml")) && !shown.is_empty(), "{done}"),
        }
    }
}

impl Editor {
    /// Asks about some place of every open file. Whatever the texts are, no answer is an error. Returns how many hovers and
    /// completions say something.
    fn ask(&mut self, done: &str) -> usize {
        let mut said = 0;
        for (name, text) in self.open.clone() {
            let [at, end] = [self.place(&text), text.len()].map(|at| position(&text, at));
            let params = json!({
                "textDocument": {"uri": uri(&self.sandbox.path(&name))},
                "position": at,
                "range": {"start": at, "end": end},
                "context": {"diagnostics": [], "triggerKind": 1},
            });
            for what in ["hover", "completion", "codeAction", "inlayHint", "codeLens", "definition"] {
                let answer = self.client.ask(&format!("textDocument/{what}"), params.clone());
                assert!(answer.is_ok(), "{what} of {name} at {at}: {answer:?} after {done}");
                let says = matches!(what, "hover" | "completion") && answer.is_ok_and(|it| !it.is_null());
                said += usize::from(says);
            }
        }
        said
    }
}

/// Where an editor puts a cursor that was meant to be at a byte: not within a character, and not between the two of a
/// line's end.
fn cursor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) || text[..at].ends_with('\r') {
        at -= 1;
    }
    at
}
