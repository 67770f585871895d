//! Neovim, with what docs/editors.md says for it.

use std::process::Command;

use crate::sandbox::Sandbox;

const DOCUMENT: &str = include_str!("../../../docs/editors.md");

/// Opens a contract, waits for its findings, changes it, asks what a place means, and prints what it sees.
const SESSION: &str = r#"
local function wait(what, condition)
  if not vim.wait(20000, condition, 20) then
    print("waited in vain for " .. what)
    vim.cmd("cquit")
  end
end
local function codes()
  local all = {}
  for _, it in ipairs(vim.diagnostic.get(0)) do
    table.insert(all, it.code or it.user_data.lsp.code)
  end
  table.sort(all)
  return table.concat(all, " ")
end
vim.cmd("edit contracts/vault.clar")
wait("findings", function() return codes() ~= "" end)
print("findings: " .. codes())
vim.api.nvim_buf_set_lines(0, -1, -1, false, { "(define-public (typed) (contract-call? .nowhere f))" })
wait("what was typed", function() return codes():match("unknown%-contract") end)
print("typed: " .. codes())
local last = vim.api.nvim_buf_line_count(0)
vim.api.nvim_win_set_cursor(0, { last, 17 })
local answers = vim.lsp.buf_request_sync(0, "textDocument/hover", vim.lsp.util.make_position_params(0, "utf-16"), 20000)
for _, answer in pairs(answers) do
  print("hover: " .. answer.result.contents.value:match("^[^\n]*"))
end
vim.api.nvim_buf_set_lines(0, last - 1, last, false, {})
wait("the end", function() return not codes():match("unknown%-contract") end)
print("taken back: " .. codes())
vim.cmd("qall!")
"#;

#[test]
#[ignore = "needs Neovim, 0.7 or newer"]
fn neovim_shows_what_is_found() {
    let recipe = DOCUMENT.split("```lua\n").nth(2).and_then(|rest| rest.split("```").next());
    let sandbox = Sandbox::of("adoption");
    let program = env!("CARGO_BIN_EXE_clarlint");
    let recipe = recipe
        .expect("the document has it")
        .replace("\"clarlint\", \"lsp\"", &format!("{program:?}, \"lsp\""));
    sandbox.write("init.lua", recipe).write("session.lua", SESSION);
    let run = Command::new("nvim")
        .args(["--headless", "-u", "init.lua", "-S", "session.lua"])
        .env("HOME", sandbox.path("home"))
        .current_dir(sandbox.path(""))
        .output()
        .expect("Neovim is on PATH");
    let shown = String::from_utf8_lossy(&run.stderr).replace("\r\n", "\n");
    assert!(run.status.success(), "{shown}");
    let lines: Vec<_> = shown.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let expected = [
        "findings: missing-circuit-breaker",
        "typed: missing-circuit-breaker unknown-contract",
        "hover: **vault.typed** public",
        "taken back: missing-circuit-breaker",
    ];
    assert_eq!(lines, expected);
}
