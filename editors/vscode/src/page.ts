// A page of the program in a webview.

/** The colours of the page, taken from the editor's theme. */
const STYLE = `
  :root {
    --paper: var(--vscode-editor-background); --panel: var(--vscode-sideBar-background); --line: var(--vscode-panel-border);
    --ink: var(--vscode-editor-foreground); --faint: var(--vscode-descriptionForeground); --link: var(--vscode-textLink-foreground);
    --red: var(--vscode-editorError-foreground); --amber: var(--vscode-editorWarning-foreground);
    --blue: var(--vscode-editorInfo-foreground); --green: var(--vscode-testing-iconPassed);
    --mark: var(--vscode-editor-findMatchHighlightBackground);
  }
  :root:has(.vscode-light, .vscode-high-contrast-light) { color-scheme: light; }
  :root:has(.vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light)) { color-scheme: dark; }
  body { padding: 0; }
`;

/** The page shows the part that a link within it leads to; in a webview such links would scroll and do nothing else. */
const SCRIPT = `
  document.body.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) {
      event.stopPropagation();
      if (!event.defaultPrevented) {
        event.preventDefault();
        location.hash = link.hash;
      }
    }
  });
`;

/** The page of `clarlint report` as it stands in the editor. */
export function inEditor(page: string): string {
  const head = `<style>${STYLE}</style></head>`;
  const body = `<script>${SCRIPT}</script></body>`;
  return page.replace("</head>", () => head).replace("</body>", () => body);
}
