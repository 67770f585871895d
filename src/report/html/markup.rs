//! HTML as text: whatever is written is escaped here and nowhere else, and whatever is opened is closed. It is
//! well-formed XML, too.

use quick_xml::escape::escape;

use crate::report::text::harmless;

/// The names and values of attributes.
pub type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A piece of a page.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// An element around what `inner` writes.
    pub fn element(&mut self, name: &str, attributes: Attributes<'_>, inner: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        self.0.push('>');
        inner(self);
        self.end(name);
    }

    /// An element around a text.
    pub fn with_text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// An element that has nothing in it.
    pub fn void(&mut self, name: &str, attributes: Attributes<'_>) {
        self.start(name, attributes);
        self.0 += "/>";
    }

    pub fn text(&mut self, text: &str) {
        self.0 += &escape(harmless(text));
    }

    /// What stands in this program, as it is.
    pub fn verbatim(&mut self, text: &'static str) {
        self.0 += text;
    }

    /// Opens a `span`, for those who cannot wait inside [`Html::element`] for its end; [`Html::close_span`] has to follow.
    pub fn open_span(&mut self, class: &str) {
        self.start("span", &[("class", class)]);
        self.0.push('>');
    }

    pub fn close_span(&mut self) {
        self.end("span");
    }

    pub fn into_string(self) -> String {
        self.0
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0 += name;
        for (key, value) in attributes {
            self.0.push(' ');
            self.0 += key;
            self.0 += "=\"";
            self.text(value);
            self.0.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        self.0 += "</";
        self.0 += name;
        self.0.push('>');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_place() {
        let mut html = Html::default();
        html.with_text("a", &[("title", "\"><script>")], "</a>&'\u{202e}\u{1b}");
        let text = html.into_string();
        assert_eq!(text, "<a title=\"&quot;&gt;&lt;script&gt;\">&lt;/a&gt;&amp;&apos;\u{fffd}?</a>");
    }
}
