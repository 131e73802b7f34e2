//! Metrics, by Smithy RPC v2 in CBOR.

use std::collections::BTreeMap;

use ciborium::Value;

use super::http::{Reply, Request};

type Points = BTreeMap<(String, String), BTreeMap<i64, f64>>;

pub(crate) fn get(points: &Points, request: &Request) -> Reply {
    let asked: Value = ciborium::from_reader(request.body.as_slice()).expect("CBOR");
    let second = |name| moment(of(&asked, name).expect("a window has two ends"));
    let window = second("StartTime")..second("EndTime");
    let queries = of(&asked, "MetricDataQueries").and_then(Value::as_array).expect("queries");
    let results: Vec<Value> = queries
        .iter()
        .map(|query| {
            let metric = of(query, "MetricStat").and_then(|stat| of(stat, "Metric")).expect("a metric");
            let dimension = of(metric, "Dimensions").and_then(Value::as_array).and_then(|all| all.first()).expect("a dimension");
            let name = (text(metric, "MetricName"), text(dimension, "Value"));
            let found: Vec<(i64, f64)> = points
                .get(&name)
                .into_iter()
                .flat_map(|points| points.range(window.clone()))
                .map(|(&at, &value)| (at, value))
                .collect();
            let timestamp = |(at, _): &(i64, f64)| Value::Tag(1, Box::new(Value::Float(*at as f64)));
            map([
                ("Id", Value::Text(text(query, "Id"))),
                ("Label", Value::Text(name.0)),
                ("Timestamps", Value::Array(found.iter().map(timestamp).collect())),
                ("Values", Value::Array(found.iter().map(|(_, value)| Value::Float(*value)).collect())),
                ("StatusCode", Value::Text("Complete".to_owned())),
            ])
        })
        .collect();
    reply(200, &map([("MetricDataResults", Value::Array(results)), ("Messages", Value::Array(Vec::new()))]))
}

pub(crate) fn refused(status: u16, code: &str, message: &str) -> Reply {
    let body =
        map([("__type", Value::Text(format!("com.amazonaws.cloudwatch#{code}"))), ("message", Value::Text(message.to_owned()))]);
    reply(status, &body).with("x-amzn-query-error", format!("{code};Sender"))
}

fn reply(status: u16, body: &Value) -> Reply {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).expect("memory takes all bytes");
    Reply::new(status, "application/cbor", bytes).with("smithy-protocol", "rpc-v2-cbor")
}

fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.map(|(name, value)| (Value::Text(name.to_owned()), value)).to_vec())
}

fn of<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

fn text(value: &Value, name: &str) -> String {
    of(value, name).and_then(Value::as_text).expect("a text").to_owned()
}

fn moment(value: &Value) -> i64 {
    let Value::Tag(1, second) = value else { panic!("{value:?} is no moment") };
    match &**second {
        Value::Float(second) => *second as i64,
        Value::Integer(second) => i64::try_from(*second).expect("a second of our time"),
        other => panic!("{other:?} is no second"),
    }
}
