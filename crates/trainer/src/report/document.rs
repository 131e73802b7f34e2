//! The HTML around a page: one file that loads nothing and opens without a network.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::ink::Ink;

const STYLE: &str = include_str!("page.css");

/// Forbids the page to load anything, which it never needs to.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A whole page: `title` for the browser's tab, `style` for rules beyond those that all pages share, `content` for what is
/// seen. `header` and `section` elements get a frame.
#[must_use]
pub fn document(title: &str, style: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(Ink::style_sheet())) (PreEscaped(style)) }
            }
            body { main { (content) } }
        }
    }
}
