//! [`Nodes`]: the nodes of an ONNX graph that one layer becomes. What a word's field `onnx` writes to.

use std::collections::HashMap;

use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto, attribute_type, data_type};
use crate::array::Array;
use crate::io::safetensors::bytes;
use crate::raw::Raw;

/// The value of an attribute of a node.
pub(crate) enum Attribute {
    Float(f32),
    Int(i64),
    Ints(Vec<usize>),
    Text(&'static str),
}

/// The place in the graph where one layer is written. Values are strings: the names that ONNX gives them.
pub(crate) struct Nodes<'a> {
    graph: &'a mut GraphProto,
    /// The layer's position in the network, with which its parameters' names begin: `3`.
    position: usize,
    /// With what the names of its nodes begin: `3.conv2d`.
    prefix: String,
    names: &'a [&'static str],
    parameters: &'a [Raw],
    /// How many nodes of each operator the layer has.
    used: HashMap<&'static str, usize>,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(
        graph: &'a mut GraphProto,
        position: usize,
        word: &str,
        names: &'a [&'static str],
        parameters: &'a [Raw],
    ) -> Self {
        let prefix = format!("{position}.{word}");
        Nodes { graph, position, prefix, names, parameters, used: HashMap::new() }
    }

    /// A node; gives the name of its first output.
    pub(crate) fn op(
        &mut self,
        operator: &'static str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        self.op_output(0, operator, inputs, attributes)
    }

    /// A node; gives the name of its output at `place`, the only one that it is asked for.
    pub(crate) fn op_output(
        &mut self,
        place: usize,
        operator: &'static str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        let count = self.used.entry(operator).or_default();
        *count += 1;
        let name = match *count {
            1 => format!("{}/{operator}", self.prefix),
            count => format!("{}/{operator}_{count}", self.prefix),
        };
        let mut output = vec![String::new(); place];
        output.push(name.clone());
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output,
            name: name.clone(),
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(|(name, value)| attribute(name, value)).collect(),
        });
        name
    }

    /// A node that reads `x` and then all parameters of the layer.
    pub(crate) fn op_of_parameters(
        &mut self,
        operator: &'static str,
        x: &str,
        attributes: &[(&str, Attribute)],
    ) -> String {
        let parameters: Vec<String> = (0..self.parameters.len()).map(|place| self.parameter(place)).collect();
        let inputs: Vec<&str> = std::iter::once(x).chain(parameters.iter().map(String::as_str)).collect();
        self.op(operator, &inputs, attributes)
    }

    /// A parameter of the layer under its name in files: `3.weight`.
    pub(crate) fn parameter(&mut self, place: usize) -> String {
        let name = format!("{}.{}", self.position, self.names[place]);
        self.tensor(name, &self.parameters[place].array().row_major())
    }

    /// The values of a parameter, for operators that want them in another order.
    pub(crate) fn values(&self, place: usize) -> Vec<f32> {
        self.parameters[place].to_vec()
    }

    /// Numbers that are part of the layer: `3.gelu/half`.
    pub(crate) fn floats(&mut self, name: &str, sizes: &[usize], values: Vec<f32>) -> String {
        self.tensor(format!("{}/{name}", self.prefix), &Array::from_vec(sizes, values))
    }

    /// One number.
    pub(crate) fn float(&mut self, name: &str, value: f32) -> String {
        self.floats(name, &[], vec![value])
    }

    /// One whole number.
    pub(crate) fn int(&mut self, name: &str, value: i64) -> String {
        self.ints(name, Vec::new(), &[value])
    }

    /// `x` under other sizes. The first, the batch's, stays; of the others one may be -1: what is left.
    pub(crate) fn reshape(&mut self, x: &str, sizes: &[i64]) -> String {
        let count = self.used.get("Reshape").map_or(1, |count| count + 1);
        // 0 stands for the size that is there.
        let sizes = [&[0], sizes].concat();
        let name = if count == 1 { "shape".to_owned() } else { format!("shape_{count}") };
        let shape = self.ints(&name, vec![sizes.len() as i64], &sizes);
        self.op("Reshape", &[x, &shape], &[])
    }

    /// `x` with its axes in another order, the batch's counted.
    pub(crate) fn transpose(&mut self, x: &str, order: &[usize]) -> String {
        self.op("Transpose", &[x], &[("perm", Attribute::Ints(order.to_vec()))])
    }

    /// `x Wᵀ + b` along the last axis, for any number of axes; `place` is that of the weight, the bias stands behind it.
    pub(crate) fn linear_rows(&mut self, x: &str, place: usize) -> String {
        let (weight, bias) = (self.parameter(place), self.parameter(place + 1));
        let turned = self.transpose(&weight, &[1, 0]);
        let product = self.op("MatMul", &[x, &turned], &[]);
        self.op("Add", &[&product, &bias], &[])
    }

    fn tensor(&mut self, name: String, array: &Array) -> String {
        let dims = array.sizes().iter().map(|&size| size as i64).collect();
        self.initializer(TensorProto { dims, data_type: data_type::FLOAT, name, raw_data: bytes(array) })
    }

    fn ints(&mut self, name: &str, dims: Vec<i64>, values: &[i64]) -> String {
        let name = format!("{}/{name}", self.prefix);
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.initializer(TensorProto { dims, data_type: data_type::INT64, name, raw_data })
    }

    fn initializer(&mut self, tensor: TensorProto) -> String {
        let name = tensor.name.clone();
        if self.graph.initializer.iter().all(|other| other.name != name) {
            self.graph.initializer.push(tensor);
        }
        name
    }
}

fn attribute(name: &str, value: &Attribute) -> AttributeProto {
    let mut proto = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    match value {
        Attribute::Float(value) => (proto.f, proto.r#type) = (Some(*value), attribute_type::FLOAT),
        Attribute::Int(value) => (proto.i, proto.r#type) = (Some(*value), attribute_type::INT),
        Attribute::Text(text) => {
            (proto.s, proto.r#type) = (Some(text.as_bytes().to_vec()), attribute_type::STRING);
        }
        Attribute::Ints(values) => {
            proto.ints = values.iter().map(|&value| value as i64).collect();
            proto.r#type = attribute_type::INTS;
        }
    }
    proto
}
