//! Writes networks in ONNX, the format that ONNX Runtime, OpenVINO, TensorRT, browsers and phones run models from.
//!
//! Every word of a plan says in its own file, in `Word::onnx`, which of ONNX's operators it becomes.

mod nodes;
mod proto;
#[cfg(test)]
mod tests;

use std::path::Path;

use prost::Message;

pub(crate) use self::nodes::{Attribute, Nodes};
use self::proto::{
    Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TensorType, TypeProto, ValueInfoProto, data_type,
};
use crate::io::files;
use crate::io::safetensors::FileError;
use crate::nn::{Network, PLAN, architecture};

/// Of June 2022, the first with `LayerNormalization`: what engines of that age and newer run.
const OPSET: i64 = 17;
/// The version of the format that belongs to this [`OPSET`].
const IR_VERSION: i64 = 8;

/// The number of the type of whole numbers, for the operator `Cast`.
pub(crate) const INT64: i64 = data_type::INT64 as i64;

/// The names of what goes in and what comes out.
const INPUT: &str = "input";
const OUTPUT: &str = "output";

impl Network {
    /// The network as the content of an ONNX file, for inference: without dropout, and normalising by the running
    /// statistics.
    ///
    /// It has one input, `input`, and one output, `output`, of 32-bit floats (token ids too), whose first size, `batch`, is
    /// open. Weights have their names in safetensors files, `0.weight`, and lie in the file; a model of more than 2 GB is
    /// more than ONNX takes in one file. The plan is in the metadata under `ferrolab.plan`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([4]).dense(8).relu().dropout(0.5).dense(3));
    /// let file: Vec<u8> = model.network().to_onnx();
    /// assert!(file.len() > 4 * model.parameter_count()); // the weights, four bytes each, and the graph
    /// ```
    pub fn to_onnx(&self) -> Vec<u8> {
        model(self, env!("CARGO_PKG_VERSION")).encode_to_vec()
    }

    /// Writes [`Network::to_onnx`] to a file, which is replaced only once all is written.
    ///
    /// # Errors
    /// [`FileError::Write`] if the folder is missing, read-only or full.
    pub fn export_onnx(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        files::replace(path, &self.to_onnx()).map_err(|source| FileError::Write { path: path.into(), source })
    }
}

fn model(network: &Network, version: &str) -> ModelProto {
    let plan = StringStringEntryProto { key: PLAN.to_owned(), value: architecture::write(network) };
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "ferrolab".to_owned(),
        producer_version: version.to_owned(),
        doc_string: network.code(),
        graph: Some(graph(network)),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: vec![plan],
    }
}

fn graph(network: &Network) -> GraphProto {
    let mut graph = GraphProto {
        name: "ferrolab".to_owned(),
        input: vec![batch_of(INPUT, network.input())],
        output: vec![batch_of(OUTPUT, network.output())],
        ..GraphProto::default()
    };
    let last = network.walk(INPUT.to_owned(), |position, layer, x: &String, kept| {
        let word = layer.step().word;
        let mut nodes = Nodes::new(&mut graph, position, word.name, layer.names(), layer.parameters());
        let y = match kept {
            Some(kept) => nodes.op("Add", &[x, kept], &[]),
            None => (word.onnx)(layer.step(), &mut nodes, x),
        };
        // A layer that does nothing in inference hands on what it got.
        if y != *x {
            graph.value_info.push(batch_of(&y, layer.output()));
        }
        y
    });
    name_output(&mut graph, &last);
    graph
}

/// Gives the last value the name of the output.
fn name_output(graph: &mut GraphProto, last: &str) {
    graph.value_info.retain(|value| value.name != last);
    if last == INPUT {
        graph.node.push(NodeProto {
            input: vec![INPUT.to_owned()],
            output: vec![OUTPUT.to_owned()],
            name: "Identity".to_owned(),
            op_type: "Identity".to_owned(),
            attribute: Vec::new(),
        });
    }
    let values = graph.node.iter_mut().flat_map(|node| node.input.iter_mut().chain(&mut node.output));
    values.filter(|value| *value == last && last != INPUT).for_each(|value| *value = OUTPUT.to_owned());
}

/// What is known of a value: 32-bit floats, and all sizes but the batch's.
fn batch_of(name: &str, sizes: &[usize]) -> ValueInfoProto {
    let batch = Dimension { dim_param: Some("batch".to_owned()), dim_value: None };
    let rest = sizes.iter().map(|&size| Dimension { dim_param: None, dim_value: Some(size as i64) });
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(rest).collect() };
    let tensor = TensorType { elem_type: data_type::FLOAT, shape: Some(shape) };
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
}
