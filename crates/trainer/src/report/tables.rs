//! Tables.

use maud::{Markup, html};

/// A table, named for those who do not see it, whose first column is text and whose others are numbers; rows that are marked stand out.
pub fn table(name: &str, header: &[String], rows: impl IntoIterator<Item = (bool, Vec<String>)>) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(name) {
            table {
                thead { tr { @for column in header { th scope="col" { (column) } } } }
                tbody {
                    @for (marked, cells) in rows {
                        tr.marked[marked] {
                            @for (i, cell) in cells.iter().enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
