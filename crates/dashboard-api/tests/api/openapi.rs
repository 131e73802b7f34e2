//! The description of the API is made from the code, and kept beside it for those who generate clients from it.

use std::{collections::BTreeSet, fs, path::Path};

use dashboard_api::openapi;
use serde_json::Value;

const FILE: &str = "openapi.json";

fn described() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

/// `HEADROOM_WRITE_OPENAPI=1 cargo test -p dashboard-api --test api openapi` writes the file anew.
#[test]
fn the_file_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let text = openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("HEADROOM_WRITE_OPENAPI").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "`{FILE}` is stale: write it anew with `HEADROOM_WRITE_OPENAPI=1 cargo test -p dashboard-api --test api openapi`, then `npm run types` in web"
    );
}

/// Every operation, as path, method and description.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods =
            item.as_object().unwrap().iter().filter(|(name, _)| ["get", "put", "post", "delete"].contains(&name.as_str()));
        methods.map(|(method, operation)| (path.clone(), method.clone(), operation.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn every_route_says_who_may_and_what_it_refuses() {
    let document = described();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert!(operations.len() >= 30, "{}", operations.len());
    let mut ids = BTreeSet::new();
    for (path, method, operation) in &operations {
        let name = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}: its operationId is there twice");
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} says nothing of itself");
        let public = ["/api/health", "/api/auth"].contains(&path.as_str());
        let role = operation["security"][0]["bearer"][0].as_str();
        assert_eq!(role.is_none(), public, "{name}: {role:?}");
        let answers = operation["responses"].as_object().unwrap();
        for status in if public { &["400"][..] } else { &["400", "401", "403", "429", "500", "503"] } {
            let media = &answers[*status]["content"]["application/problem+json"];
            assert_eq!(media["schema"]["$ref"], "#/components/schemas/Problem", "{name} {status}");
        }
        for (status, answer) in answers {
            assert!(!answer["description"].as_str().unwrap_or_default().is_empty(), "{name} {status}");
        }
        if method != "get" {
            assert!(["operator", "admin"].contains(&role.unwrap()), "{name}: a viewer changes nothing");
        }
    }
}

/// A reference that leads nowhere breaks every generator of clients.
#[test]
fn every_reference_leads_somewhere() {
    let document = described();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.push(reference.clone());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
