//! Inputs made of known ones: bits flipped, parts cut out, doubled, moved in from elsewhere, words put in, and in JSON other values.

use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// No input grows beyond this: what matters in these formats fits.
const LENGTH_MAX: usize = 16_384;

/// Bytes that numbers, texts and encodings break at.
const ODD: [u8; 12] = [0, 0x0a, 0x0d, 0x22, 0x2c, 0x2d, 0x39, 0x5c, 0x7f, 0x80, 0xc3, 0xff];

/// Numbers that sums, products and conversions break at.
const NUMBERS: [&str; 10] =
    ["0", "-1", "1", "0.5", "4294967295", "18446744073709551615", "-9223372036854775808", "1e308", "-1e308", "1e-320"];

/// The first and the last moment that there are, and others that are far from now or close to it.
const MOMENTS: [&str; 6] = [
    "-009999-01-02T01:59:59Z",
    "1970-01-01T00:00:00Z",
    "2026-06-29T02:01:00Z",
    "2026-06-30T02:01:00Z",
    "2027-01-01T00:00:00Z",
    "9999-12-30T22:00:00Z",
];

pub(crate) struct Mutations<'a> {
    random: ChaCha8Rng,
    corpus: &'a [&'a [u8]],
    words: &'a [&'a str],
}

impl<'a> Mutations<'a> {
    /// The same `seed` and corpus give the same inputs.
    pub(crate) fn new(seed: u64, corpus: &'a [&'a [u8]], words: &'a [&'a str]) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), corpus, words }
    }

    /// One of the corpus after one to six changes, mostly few: after many, little is left that a reader takes.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.corpus[self.random.random_range(0..self.corpus.len())].to_vec();
        let changes = self.random.random_range(1..=6).min(self.random.random_range(1..=6)).min(self.random.random_range(1..=6));
        // A reader takes few documents whose text was changed, and most of those with other values.
        let in_values = self.random.random_bool(0.4);
        for _ in 0..changes {
            if !in_values || !self.change_value(&mut input) {
                self.change(&mut input);
            }
        }
        input.truncate(LENGTH_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.random.random_range(0..=input.len());
        match self.random.random_range(0..10) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.random.random_range(0..8);
                }
            }
            1 => {
                let odd = ODD[self.random.random_range(0..ODD.len())];
                if let Some(byte) = input.get_mut(at) {
                    *byte = odd;
                }
            }
            // Digits are where sizes and moments are.
            2 | 3 => {
                let digit = input[at..].iter().position(u8::is_ascii_digit);
                if let Some(offset) = digit {
                    input[at + offset] = b'0' + self.random.random_range(0..10);
                    if self.random.random_bool(0.3) {
                        let more = vec![b'9'; self.random.random_range(1..20)];
                        input.splice(at + offset..at + offset, more);
                    }
                }
            }
            4 => {
                let end = self.end(at, input.len());
                input.drain(at..end);
            }
            5 => {
                let end = self.end(at, input.len());
                let part = input[at..end].to_vec();
                input.splice(at..at, part);
            }
            6 => input.truncate(at),
            7 => {
                let other = self.corpus[self.random.random_range(0..self.corpus.len())];
                let from = self.random.random_range(0..=other.len());
                let to = self.end(from, other.len());
                let end = if self.random.random_bool(0.5) { self.end(at, input.len()) } else { at };
                input.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                let word = self.words[self.random.random_range(0..self.words.len())];
                let end = if self.random.random_bool(0.5) { (at + word.len()).min(input.len()) } else { at };
                input.splice(at..end, word.bytes());
            }
        }
    }

    /// Puts another value of its kind, or null, in place of one of a JSON document: of all of `input`, or of one of its lines. False where that is
    /// no such document.
    fn change_value(&mut self, input: &mut Vec<u8>) -> bool {
        let (part, mut document) = match serde_json::from_slice::<Value>(input) {
            Ok(document) => (0..input.len(), document),
            Err(_) => {
                let is_end = |byte: &u8| matches!(byte, b'\n' | 0);
                let at = self.random.random_range(0..=input.len());
                let start = input[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
                let end = input[at..].iter().position(is_end).map_or(input.len(), |end| at + end);
                let Ok(document) = serde_json::from_slice(&input[start..end]) else { return false };
                (start..end, document)
            }
        };
        let mut places = Vec::new();
        list_places(&document, String::new(), &mut places);
        let place = places.choose(&mut self.random).expect("a document is a place itself");
        let value = document.pointer_mut(place).expect("it was listed");
        *value = match value {
            _ if self.random.random_bool(0.1) => Value::Null,
            Value::Number(_) => {
                NUMBERS.choose(&mut self.random).and_then(|number| number.parse().ok()).map_or(Value::Null, Value::Number)
            }
            Value::String(text) if text.starts_with(|first: char| first.is_ascii_digit()) => {
                let moment = MOMENTS.choose(&mut self.random).expect("there are some");
                json!(if text.contains('T') { moment } else { moment.split('T').next().unwrap_or_default() })
            }
            Value::String(_) => json!(self.words.choose(&mut self.random)),
            Value::Bool(is) => json!(!*is),
            Value::Array(items) if self.random.random_bool(0.5) => {
                json!(vec![items.clone(); self.random.random_range(2..20)].concat())
            }
            Value::Array(_) => json!([]),
            Value::Object(_) | Value::Null => json!({}),
        };
        input.splice(part, document.to_string().into_bytes());
        true
    }

    /// The end of a part that begins at `at`: mostly short.
    fn end(&mut self, at: usize, length: usize) -> usize {
        let longest = if self.random.random_bool(0.8) { 40 } else { length };
        (at + self.random.random_range(0..=longest)).min(length)
    }
}

/// Pointers to `value`, which is at `place`, and to everything in it.
fn list_places(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| list_places(item, format!("{place}/{index}"), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            list_places(field, format!("{place}/{name}"), found);
        }),
        _ => {}
    }
    found.push(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let corpus: [&[u8]; 2] = [b"{\"a\": 1}", b"timestamp,request_count"];
        let made = |seed: u64| {
            let mut mutations = Mutations::new(seed, &corpus, &["null"]);
            (0..200).map(|_| mutations.next()).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        let other_values = made(1).iter().filter(|input| input.starts_with(b"{\"a\":")).count();
        assert!(other_values > 10, "{other_values}");
        assert!(made(1).iter().filter(|input| !corpus.contains(&&input[..])).count() > 150);
    }
}
