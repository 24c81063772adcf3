//! The crosswalks in `rules/taxonomy.toml` speak of every entity type, once, in their order.

use caseveil::entity::EntityType;
use serde::Deserialize;

#[derive(Deserialize)]
struct Taxonomy {
    entity: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    hipaa: String,
    phipa: String,
    i2b2: String,
    presidio: String,
    judge: String,
    summary: String,
}

#[test]
fn every_entity_type_has_its_crosswalks() {
    let taxonomy: Taxonomy = toml::from_str(include_str!("../../rules/taxonomy.toml")).unwrap();
    let names: Vec<&str> = taxonomy.entity.iter().map(|r| r.name.as_str()).collect();
    let types: Vec<&str> = EntityType::ALL.iter().map(|e| e.name()).collect();
    assert_eq!(names, types);
    for row in &taxonomy.entity {
        let cells = [&row.hipaa, &row.phipa, &row.i2b2, &row.presidio, &row.judge, &row.summary];
        assert!(cells.iter().any(|c| !c.is_empty()), "{} says nothing", row.name);
        assert!(!row.summary.is_empty(), "{} has no summary", row.name);
    }
}
