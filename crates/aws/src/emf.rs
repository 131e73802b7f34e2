//! Numbers for CloudWatch in a line of the log: the embedded metric format.
//!
//! CloudWatch takes metrics out of such a line by itself, without a call. Each name is billed as a metric of its own, so there are few
//! and none per group; what is to be read per group stands in the same line as plain fields, which Logs Insights finds.
//!
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Where the metrics are found in CloudWatch.
const NAMESPACE: &str = "Headroom";

/// One line of metrics of one function.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricLine(Map<String, Value>);

impl MetricLine {
    /// The line of `function` at `at`: a `Heartbeat` of 1, and each number of `metrics` under its name, with the dimension `Function`.
    /// A field that is no number is no metric.
    ///
    /// # Panics
    /// Where `metrics` is no struct or map of plain values.
    #[must_use]
    pub fn new(function: &str, at: Timestamp, metrics: &impl Serialize) -> Self {
        let Ok(Value::Object(mut line)) = serde_json::to_value(metrics) else { panic!("metrics are a struct of numbers") };
        line.insert("Heartbeat".to_owned(), json!(1));
        let names = line.iter().filter(|(_, value)| value.is_number()).map(|(name, _)| json!({"Name": name}));
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [["Function"]], "Metrics": names.collect::<Vec<_>>()});
        let header = json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive]});
        line.insert("Function".to_owned(), json!(function));
        line.insert("_aws".to_owned(), header);
        Self(line)
    }

    /// The same with a plain field, which is found in the log and is no metric.
    ///
    /// # Panics
    /// Where `value` is nothing that JSON can hold.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: &impl Serialize) -> Self {
        self.0.insert(name.to_owned(), serde_json::to_value(value).expect("plain values"));
        self
    }

    /// Writes it to the standard output, which is the function's log. That it cannot be written is no reason to fail.
    pub fn print(self) {
        let _ = writeln!(std::io::stdout().lock(), "{}", Value::Object(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_a_metric_and_the_rest_is_not() {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Pulse {
            groups: usize,
            error_share: Option<f64>,
        }
        let at = "2026-11-27T12:00:00.5Z".parse().unwrap();
        let accuracy = std::collections::BTreeMap::from([("web", 0.08)]);
        let line = MetricLine::new("scaler", at, &Pulse { groups: 2, error_share: None }).with_field("Accuracy", &accuracy);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_780_800_500_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Headroom",
                    "Dimensions": [["Function"]],
                    "Metrics": [{"Name": "Groups"}, {"Name": "Heartbeat"}],
                }],
            },
            "Function": "scaler",
            "Groups": 2,
            "ErrorShare": null,
            "Heartbeat": 1,
            "Accuracy": {"web": 0.08},
        });
        assert_eq!(Value::Object(line.0), expected);
    }
}
