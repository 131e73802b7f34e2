//! Observations as CSV: the format of the history objects, of `trainer import --csv` and of every trace.

use std::io::Read;

use jiff::{Timestamp, fmt::temporal::Pieces, tz::Offset};

use crate::observation::{Column, Observation};

/// Why a CSV file of observations cannot be read. Lines count from 1, the header being line 1.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Not even a header.
    #[error("the file is empty: write a header `timestamp,...` and at least two rows")]
    Empty,
    /// A header and nothing else.
    #[error("line 1: the file has a header and no rows: add at least two rows")]
    HeaderOnly,
    /// The header lacks the one column that must be there.
    #[error(
        "line 1: the header has no `timestamp` column (it has {found}): name the column that holds the start of each step `timestamp`"
    )]
    NoTimestamp {
        /// The names that were found.
        found: String,
    },
    /// The header has nothing to forecast.
    #[error("line 1: the header has none of `request_count`, `cpu_utilization`, `network_in` (it has {found}): add one of them")]
    NoTarget {
        /// The names that were found.
        found: String,
    },
    /// A column is named twice.
    #[error("line 1: the header has `{name}` twice: remove one of the two")]
    Twice {
        /// The repeated name.
        name: String,
    },
    /// A timestamp that is not RFC 3339.
    #[error("line {line}: `{value}` is not an RFC 3339 timestamp: write it like 2026-11-27T09:05:00Z, with an offset")]
    BadTimestamp {
        /// Line in the file.
        line: u64,
        /// What stands there.
        value: String,
    },
    /// Text where a number belongs, or a number that cannot be.
    #[error(
        "line {line}: `{column}` is `{value}`, {problem}: write a number, or leave the field empty where nothing was measured"
    )]
    BadNumber {
        /// Line in the file.
        line: u64,
        /// Column name.
        column: Column,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The bytes are not CSV, or not UTF-8.
    #[error("{0}")]
    Malformed(String),
    /// The text is not UTF-8.
    #[error("line {line}: the text is not UTF-8: save the file as UTF-8")]
    NotUtf8 {
        /// Line in the file.
        line: u64,
    },
}

/// What was read: the rows in the order of the file, and remarks on what was unusual but understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The rows in the order of the file.
    pub observations: Vec<Observation>,
    /// One line each, without the file's name: a byte order mark, CRLF, mixed offsets.
    pub remarks: Vec<String>,
}

/// Reads observations from CSV with a header. Columns may stand in any order and unknown ones are passed over; an
/// empty field, `NaN` and `null` are absent.
///
/// # Errors
/// [`CsvError`] names the line and the cure.
pub fn read_observations(mut source: impl Read) -> Result<Reading, CsvError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(|error| CsvError::Malformed(error.to_string()))?;
    let mut remarks = Vec::new();
    let mut text: &[u8] = &bytes;
    if let Some(rest) = text.strip_prefix(b"\xef\xbb\xbf") {
        remarks.push("line 1: the byte order mark was passed over: save as UTF-8 without it to be rid of this".to_owned());
        text = rest;
    }
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(CsvError::Empty);
    }
    if text.windows(2).any(|pair| pair == b"\r\n") {
        remarks.push("line 1: lines end in CRLF, which were read as LF".to_owned());
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(false).from_reader(text);
    let header = reader.headers().map_err(|error| malformed(error, text))?.clone();
    let layout = Layout::of(&header)?;
    let mut observations = Vec::new();
    let mut first_offset: Option<Offset> = None;
    let mut mixed_offsets_line = None;
    for record in reader.records() {
        let record = record.map_err(|error| malformed(error, text))?;
        let line = || record.position().map_or(0, |position| line_at(text, position.byte()));
        let (timestamp, offset) = parse_timestamp(&record[layout.timestamp], line)?;
        if *first_offset.get_or_insert(offset) != offset {
            mixed_offsets_line.get_or_insert_with(line);
        }
        let mut observation = Observation::at(timestamp);
        for &(index, column) in &layout.columns {
            observation.set(column, parse_number(&record[index], column, line)?);
        }
        observations.push(observation);
    }
    if let Some(line) = mixed_offsets_line {
        remarks.push(format!(
            "line {line}: timestamps carry different UTC offsets: each was converted to UTC; write them all in UTC to be rid of this"
        ));
    }
    if observations.is_empty() {
        return Err(CsvError::HeaderOnly);
    }
    Ok(Reading { observations, remarks })
}

/// Where each known column stands in a record.
struct Layout {
    timestamp: usize,
    columns: Vec<(usize, Column)>,
}

impl Layout {
    fn of(header: &csv::StringRecord) -> Result<Self, CsvError> {
        let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        let found = || names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) && (name == "timestamp" || Column::from_name(name).is_some()) {
                return Err(CsvError::Twice { name: name.clone() });
            }
        }
        let timestamp =
            names.iter().position(|name| name == "timestamp").ok_or_else(|| CsvError::NoTimestamp { found: found() })?;
        let columns: Vec<(usize, Column)> =
            names.iter().enumerate().filter_map(|(index, name)| Column::from_name(name).map(|column| (index, column))).collect();
        if !columns.iter().any(|(_, column)| Column::TARGETS.contains(column)) {
            return Err(CsvError::NoTarget { found: found() });
        }
        Ok(Self { timestamp, columns })
    }
}

/// The line on which the record at `byte` starts. The reader's own count is one short after CRLF.
fn line_at(text: &[u8], byte: u64) -> u64 {
    let from = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let start = from + text[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + text[..start].iter().filter(|byte| **byte == b'\n').count() as u64
}

fn malformed(error: csv::Error, text: &[u8]) -> CsvError {
    let line = |position: &csv::Position| line_at(text, position.byte());
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => CsvError::Malformed(format!(
            "line {}: {len} fields where the header has {expected_len}: give each row as many fields as the header",
            pos.as_ref().map_or(0, line),
        )),
        csv::ErrorKind::Utf8 { pos, .. } => CsvError::NotUtf8 { line: pos.as_ref().map_or(1, line) },
        _ => CsvError::Malformed(error.to_string()),
    }
}

fn parse_timestamp(field: &str, line: impl Fn() -> u64) -> Result<(Timestamp, Offset), CsvError> {
    let bad = || CsvError::BadTimestamp { line: line(), value: field.to_owned() };
    let timestamp: Timestamp = field.parse().map_err(|_| bad())?;
    let offset = Pieces::parse(field).ok().and_then(|pieces| pieces.to_numeric_offset()).unwrap_or(Offset::UTC);
    Ok((timestamp, offset))
}

fn parse_number(field: &str, column: Column, line: impl Fn() -> u64) -> Result<Option<f64>, CsvError> {
    if field.is_empty() || field.eq_ignore_ascii_case("nan") || field.eq_ignore_ascii_case("null") {
        return Ok(None);
    }
    let bad = |problem| CsvError::BadNumber { line: line(), column, value: field.to_owned(), problem };
    let value: f64 = match field {
        "true" | "True" => 1.0,
        "false" | "False" => 0.0,
        _ => field.parse().map_err(|_| bad("not a number"))?,
    };
    if !value.is_finite() {
        return Err(bad("not finite"));
    }
    if value < 0.0 {
        return Err(bad("negative"));
    }
    if !column.can_be(value) {
        return Err(bad("more than a step can have"));
    }
    Ok(Some(value))
}

/// Writes observations as CSV with the full header, timestamps in UTC, absent values as empty fields. The same rows
/// give the same bytes.
#[must_use]
pub fn write_observations(observations: &[Observation]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once("timestamp").chain(Column::ALL.map(Column::name));
    writer.write_record(header).expect("writing to memory");
    for observation in observations {
        let values = Column::ALL.map(|column| observation.get(column).map_or_else(String::new, |value| value.to_string()));
        writer.write_record(std::iter::once(observation.timestamp.to_string()).chain(values)).expect("writing to memory");
    }
    writer.into_inner().expect("flushing to memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read_observations(text.as_bytes()).expect_err("an error").to_string()
    }

    #[test]
    fn each_bad_file_names_its_line_and_the_cure() {
        insta::assert_snapshot!(
            [
                "",
                "\n",
                "timestamp,cpu_utilization\n",
                "time,cpu_utilization\n2026-01-01T00:00:00Z,1\n",
                "timestamp,color\n2026-01-01T00:00:00Z,1\n",
                "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,high\n",
                "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,1\n2026-01-01T00:05:00Z,-3\n",
                "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,inf\n",
                "timestamp,cpu_utilization\n2026-01-01 00:00,1\n",
                "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,1,2\n",
                "timestamp,cpu_utilization,cpu_utilization\n2026-01-01T00:00:00Z,1,2\n",
            ]
            .map(error)
            .join("\n")
        );
    }

    #[test]
    fn a_byte_order_mark_crlf_and_mixed_offsets_are_read_and_remarked() {
        let plain = "timestamp,cpu_utilization\n2026-01-01T00:00:00Z,1\n2026-01-01T00:05:00Z,\n";
        let odd = "\u{feff}timestamp,cpu_utilization\r\n2026-01-01T00:00:00Z,1\r\n2026-01-01T02:05:00+02:00,NaN\r\n";
        let plain = read_observations(plain.as_bytes()).unwrap();
        let odd = read_observations(odd.as_bytes()).unwrap();
        assert_eq!(plain.observations, odd.observations);
        assert!(plain.remarks.is_empty());
        assert_eq!(odd.remarks.len(), 3, "{:?}", odd.remarks);
        assert!(odd.remarks[2].starts_with("line 3:"));
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = "timestamp,request_count,is_sale_active\n2026-01-01T00:00:00Z,12.25,1\n2026-01-01T00:05:00Z,,0\n";
        let rows = read_observations(text.as_bytes()).unwrap().observations;
        let bytes = write_observations(&rows);
        assert_eq!(read_observations(&bytes[..]).unwrap().observations, rows);
        assert_eq!(rows[1].request_count, None, "absent is absent, never zero");
    }
}
