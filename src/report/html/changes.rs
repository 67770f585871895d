//! What became of another revision.

use super::markup::Html;
use super::{Page, list};
use crate::report::changes::{Between, Block, Sign, blocks, summary};

pub fn write(page: &Page<'_>, html: &mut Html) {
    let Some((changes, Between { from, to })) = &page.changes else { return };
    let to = to.unwrap_or("the working tree");
    let what = if changes.is_empty() { "nothing changed".to_string() } else { summary(changes) };
    html.with_text("p", &[], &format!("From {from} to {to}: {what}."));
    for Block { heading, lines } in blocks(changes) {
        html.element("article", &[], |html| {
            html.element("h3", &[], |html| {
                // Those that change in the same way are told together.
                for (index, name) in heading.split(", ").enumerate() {
                    html.text(if index == 0 { "" } else { ", " });
                    page.entrypoint(html, name, name);
                }
            });
            html.element("ul", &[("class", "changes")], |html| {
                for line in &lines {
                    let class = match line.sign {
                        Sign::Gone => "gone",
                        Sign::New => "new",
                        Sign::Other => "other",
                    };
                    html.with_text("li", &[("class", class)], &line.written());
                }
            });
        });
    }
    if !changes.unchecked.is_empty() {
        html.with_text("h3", &[], "Not compared");
        list(html, &changes.unchecked);
    }
}
