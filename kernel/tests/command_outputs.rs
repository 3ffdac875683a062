//! Outputs are stored as nbclient stores them; `tests/peers/nbclient_outputs.py` wrote what to expect.

use ferrolab_kernel::notebook::outputs::Outputs;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    name: String,
    cells: Vec<Vec<Value>>,
    stored: Vec<Value>,
}

#[test]
fn outputs_are_stored_as_nbclient_stores_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("fixtures/nbclient_outputs.json")).unwrap();
    assert!(cases.len() >= 20);
    for Case { name, cells, stored } in cases {
        let mut outputs = Outputs::default();
        for (index, message) in cells
            .iter()
            .enumerate()
            .flat_map(|(index, cell)| cell.iter().map(move |message| (index, message)))
        {
            outputs.accept(index, serde_json::from_value(message.clone()).unwrap());
        }
        let ours: Vec<Value> = (0..cells.len())
            .map(|index| outputs.of(index).map(|output| serde_json::to_value(output).unwrap()).collect())
            .collect();
        assert_eq!(ours, stored, "{name}");
    }
}
