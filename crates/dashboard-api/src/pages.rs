//! Long lists in parts: the newest entries first, and a cursor for what comes after them.

use jiff::Timestamp;

use crate::{params::Params, problem::Problem};

/// The parameter that says how many entries an answer has at most.
pub(crate) const LIMIT: &str = "limit";

/// The parameter that says where the next part begins: what `next` of the last answer was.
pub(crate) const CURSOR: &str = "cursor";

/// One part of a list.
#[derive(Debug, PartialEq)]
pub(crate) struct Page<T> {
    /// How many entries there are in the whole span.
    pub(crate) total: usize,
    /// Where the next part begins; none at the end.
    pub(crate) next: Option<String>,
    /// The entries of this part.
    pub(crate) entries: Vec<T>,
}

/// What stands last in one part and tells where the next begins: entries are ordered by time, and those of the same time by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// When.
    pub(crate) at: Timestamp,
    /// What tells it from others of that time; empty where there are no others.
    pub(crate) name: String,
}

impl Place {
    /// The place of an entry that is alone at its time.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at, name: String::new() }
    }

    fn written(&self) -> String {
        if self.name.is_empty() { self.at.to_string() } else { format!("{}~{}", self.at, self.name) }
    }

    fn read(text: &str) -> Option<Self> {
        let (at, name) = text.split_once('~').unwrap_or((text, ""));
        Some(Self { at: at.parse().ok()?, name: name.to_owned() })
    }
}

/// Which way a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// What happened: the newest first.
    NewestFirst,
    /// Rows of history: the oldest first.
    OldestFirst,
}

/// Which part of a list is asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    limit: usize,
    after: Option<Place>,
}

impl Wanted {
    /// As the request says; `default` entries where it names no number, and never more than `max`.
    ///
    /// # Errors
    /// A [`Problem`] where the number is out of range or the cursor none of ours.
    pub(crate) fn of(params: &Params, default: i64, max: i64) -> Result<Self, Problem> {
        let limit = params.whole(LIMIT, default, 1..=max)?;
        let after = params.text(CURSOR).map(|text| {
            Place::read(text).ok_or_else(|| {
                Problem::bad_parameter(
                    Some(CURSOR),
                    format!("`{CURSOR}` is `{text}`"),
                    "give what `next` of the answer before was, or leave it out to begin".to_owned(),
                )
            })
        });
        Ok(Self { limit: usize::try_from(limit).expect("a limit within its range"), after: after.transpose()? })
    }

    /// The part of `entries` that is wanted, put in `order` by `place`.
    pub(crate) fn of_entries<T>(self, mut entries: Vec<T>, order: Order, place: impl Fn(&T) -> Place) -> Page<T> {
        entries.sort_by_cached_key(&place);
        if order == Order::NewestFirst {
            entries.reverse();
        }
        let total = entries.len();
        if let Some(after) = self.after {
            entries.retain(|entry| match order {
                Order::NewestFirst => place(entry) < after,
                Order::OldestFirst => place(entry) > after,
            });
        }
        let more = entries.len() > self.limit;
        entries.truncate(self.limit);
        let next = entries.last().filter(|_| more).map(|last| place(last).written());
        Page { total, next, entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_parts_of_a_list_are_the_whole_list() {
        let entries: Vec<(i64, &str)> = vec![(1, ""), (2, "a"), (2, "b"), (2, "c"), (3, ""), (4, "")];
        let place = |entry: &(i64, &str)| Place { at: moment(entry.0), name: entry.1.to_owned() };
        for order in [Order::NewestFirst, Order::OldestFirst] {
            for limit in 1..=7 {
                let (mut seen, mut cursor) = (Vec::new(), None::<String>);
                loop {
                    let after = cursor.as_deref().map(|text| Place::read(text).unwrap());
                    let page = Wanted { limit, after }.of_entries(entries.clone(), order, place);
                    assert_eq!(page.total, 6);
                    assert!(page.entries.len() <= limit);
                    seen.extend(page.entries);
                    cursor = page.next;
                    if cursor.is_none() {
                        break;
                    }
                }
                let mut expected = entries.clone();
                if order == Order::NewestFirst {
                    expected.reverse();
                }
                assert_eq!(seen, expected, "{order:?}, {limit} at a time");
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_none() {
        for text in ["", "1", "yesterday", "~a", "2026-11-24"] {
            assert_eq!(Place::read(text), None, "{text}");
        }
        let place = Place { at: moment(7), name: "a~b".to_owned() };
        assert_eq!(Place::read(&place.written()), Some(place), "names may hold what parts them from the time");
    }
}
