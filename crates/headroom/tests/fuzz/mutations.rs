//! Inputs made of known ones: bits flipped, parts cut out, doubled, moved in from elsewhere, and words put in.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// No input grows beyond this: what matters in these formats fits.
const LENGTH_MAX: usize = 16_384;

/// Bytes that numbers, texts and encodings break at.
const ODD: [u8; 12] = [0, 0x0a, 0x0d, 0x22, 0x2c, 0x2d, 0x39, 0x5c, 0x7f, 0x80, 0xc3, 0xff];

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
        for _ in 0..changes {
            self.change(&mut input);
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

    /// The end of a part that begins at `at`: mostly short.
    fn end(&mut self, at: usize, length: usize) -> usize {
        let longest = if self.random.random_bool(0.8) { 40 } else { length };
        (at + self.random.random_range(0..=longest)).min(length)
    }
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
        assert!(made(1).iter().filter(|input| !corpus.contains(&&input[..])).count() > 150);
    }
}
