//! How long an editor waits: takes a piece out of the middle of a contract, types it again, character by character, and
//! takes the time from each key to the diagnostics of that version.
//!
//! `cargo run --release --example latency -- target/release/clarlint FOLDER CONTRACT..`

use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use lsp_server::{Message, Notification, Request};
use serde_json::{Value, json};

/// How many characters are typed, if the contract has so many.
const KEYS: usize = 200;

struct Editor {
    server: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(program), Some(folder)) = (arguments.next(), arguments.next()) else {
        return eprintln!("give the program, the folder of a project, and contracts in it");
    };
    for contract in arguments {
        let mut editor = Editor::new(&program);
        editor.measure(Path::new(&folder), Path::new(&contract));
    }
}

impl Editor {
    fn new(program: &str) -> Self {
        let mut server = Command::new(program)
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let stdin = server.stdin.take().expect("it is piped");
        let stdout = BufReader::new(server.stdout.take().expect("it is piped"));
        Self { server, stdin, stdout }
    }

    fn measure(&mut self, folder: &Path, contract: &Path) {
        let folder = folder.canonicalize().expect("the folder is there");
        let path = folder.join(contract);
        let text = std::fs::read_to_string(&path).expect("the contract can be read");
        let count = text.chars().count();
        let (before, keys) = (count.saturating_sub(KEYS) / 2, count.min(KEYS));
        let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (start, end) = (places[before], places[before + keys]);
        let uri = |path: &Path| format!("file://{}", path.display());
        let (root, uri) = (uri(&folder), uri(&path));
        let began = Instant::now();
        let folders = json!([{"uri": root, "name": "folder"}]);
        let params =
            json!({"processId": null, "rootUri": root, "capabilities": {}, "workspaceFolders": folders});
        self.write(Request { id: 1.into(), method: "initialize".into(), params }.into());
        self.tell("initialized", json!({}));
        self.open(&uri, &[&text[..start], &text[end..]].concat());
        self.wait(&uri, 1);
        let opened = began.elapsed();
        let mut line = text[..start].matches('\n').count();
        let mut character = text[..start].rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        let mut waits = Vec::new();
        let work = self.work().unwrap_or_default();
        for (version, c) in (2..).zip(text[start..end].chars()) {
            let at = json!({"line": line, "character": character});
            let document = json!({"uri": uri, "version": version});
            let change = json!([{"range": {"start": at, "end": at}, "text": c.to_string()}]);
            let pressed = Instant::now();
            self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": change}));
            self.wait(&uri, version);
            waits.push(pressed.elapsed());
            character += c.len_utf16();
            if c == '\n' {
                (line, character) = (line + 1, 0);
            }
        }
        let work = (self.work().unwrap_or_default() - work) / waits.len() as u32;
        waits.sort_unstable();
        let at = |part: f64| milliseconds(waits[((waits.len() - 1) as f64 * part) as usize]);
        println!(
            "{}: {} keys, median {}, p99 {}, longest {}, work of all processors {}; opened in {}; {} MB",
            contract.display(),
            waits.len(),
            at(0.5),
            at(0.99),
            at(1.0),
            milliseconds(work),
            milliseconds(opened),
            self.memory().unwrap_or(0) / 1024,
        );
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "clarity", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.write(Notification { method: method.into(), params }.into());
    }

    fn write(&mut self, message: Message) {
        message.write(&mut self.stdin).and_then(|()| self.stdin.flush()).expect("the server reads");
    }

    /// Reads until the diagnostics of a version have come.
    fn wait(&mut self, uri: &str, version: i64) {
        loop {
            let message = Message::read(&mut self.stdout).expect("the server writes");
            if let Message::Notification(told) = message.expect("the server runs")
                && told.method == "textDocument/publishDiagnostics"
                && told.params["uri"] == uri
                && told.params["version"] == version
            {
                return;
            }
        }
    }

    /// How long processors have worked for the server, where the system tells: in hundredths of a second.
    fn work(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.server.id())).ok()?;
        let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    }

    /// The most memory that the server had, in KB, where the system tells.
    fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
