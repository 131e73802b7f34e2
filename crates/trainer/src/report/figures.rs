//! Pictures on a page, with their words and legends.

use maud::{Markup, PreEscaped, html};

use super::canvas::{Size, view_box};

/// What a picture says in words.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Unlike any other on the page.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// For those who do not see it: what it shows, with its main numbers.
    pub description: String,
    /// For all, below it.
    pub caption: Markup,
}

/// What the signs of pictures mean: class and name of each.
#[must_use]
pub fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        ul.legend {
            @for (sign, name) in entries { li { span class=(format!("sign {sign}")) aria-hidden="true" {} (name) } }
        }
    }
}

/// A picture, drawn once for wide pages and once for narrow ones, where the same letters need more of the room.
#[must_use]
pub fn figure(picture: &Picture, sizes: &[Size; 2], drawn: &dyn Fn(Size) -> String) -> Markup {
    html! {
        figure {
            figcaption {
                strong { (picture.title) }
            }
            @for (name, &size) in ["wide", "narrow"].into_iter().zip(sizes) {
                @let id = format!("{}-{name}", picture.id);
                svg class=(name) viewBox=(view_box(size)) role="img" aria-labelledby=(format!("{id}-title {id}-text")) {
                    title id=(format!("{id}-title")) { (picture.title) }
                    desc id=(format!("{id}-text")) { (picture.description) }
                    (PreEscaped(drawn(size)))
                }
            }
            p.caption { (picture.caption) }
        }
    }
}
