//! A network's plan as JSON, the way it lies in a model file:
//! `{"input": [4], "layers": [{"layer": "dense", "units": 3}]}`.

use serde_json::{Map, Value, json};

use crate::nn::WORDS;
use crate::nn::network::Network;
use crate::nn::plan::{Arguments, Plan};

/// The architecture of a network.
pub(crate) fn write(network: &Network) -> String {
    let layers: Vec<Value> = network
        .layers()
        .iter()
        .map(|layer| {
            let step = layer.step();
            let mut entry = Map::from_iter([("layer".to_owned(), json!(step.word.name))]);
            for (&name, &number) in step.word.arguments.iter().zip(&step.arguments) {
                let (name, usual) = name_and_usual(name);
                if usual == Some(number) {
                    continue;
                }
                let whole = number.fract() == 0.0;
                entry.insert(name.to_owned(), if whole { json!(number as u64) } else { json!(number) });
            }
            Value::Object(entry)
        })
        .collect();
    json!({ "input": network.input(), "layers": layers }).to_string()
}

/// The plan that such a text describes, or what is wrong with it. Checked as strictly as the compiler checks code.
pub(crate) fn read(text: &str) -> Result<Plan, String> {
    let description: Value =
        serde_json::from_str(text).map_err(|error| format!("its plan is not JSON: {error}"))?;
    let size = |size: &Value| size.as_u64().and_then(|size| usize::try_from(size).ok());
    let input: Option<Vec<usize>> =
        description["input"].as_array().and_then(|sizes| sizes.iter().map(size).collect());
    let input = input.ok_or("its plan has no `input` shape")?;
    let layers = description["layers"].as_array().ok_or("its plan has no list of `layers`")?;

    let mut plan = Plan::new(&input, false);
    for layer in layers {
        let name = layer["layer"].as_str().ok_or("one of its layers has no name")?;
        let word = WORDS.iter().find(|word| word.name == name).ok_or_else(|| {
            format!("it has a layer `{name}` that this version does not know: a newer ferrolab may")
        })?;
        let mut arguments: Arguments = [0.0; 8];
        for (argument, number) in word.arguments.iter().zip(&mut arguments) {
            let (argument, usual) = name_and_usual(argument);
            *number = layer[argument]
                .as_f64()
                .or(usual.filter(|_| layer[argument].is_null()))
                .filter(|number| (0.0..1e12).contains(number))
                .ok_or_else(|| format!("its layer `{name}` has no number `{argument}`"))?;
        }
        plan = (word.add)(plan, &arguments);
        if let Some(mistake) = plan.mistake() {
            return Err(mistake.to_owned());
        }
    }
    plan = plan.finished();
    match plan.mistake() {
        Some(mistake) => Err(mistake.to_owned()),
        None => Ok(plan),
    }
}

/// `dilation=1`: an argument and the number that it has when a file does not say.
fn name_and_usual(argument: &'static str) -> (&'static str, Option<f64>) {
    match argument.split_once('=') {
        Some((name, usual)) => (name, usual.parse().ok()),
        None => (argument, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(result: Result<Plan, String>) -> String {
        result.map_or_else(|problem| problem, |plan| plan.to_string())
    }

    #[test]
    fn every_layer_survives_the_way_through_a_file() {
        static PLAN: Plan = Plan::new(&[3, 16, 16], true)
            .conv2d(8, 3)
            .same()
            .stride(2)
            .batch_norm()
            .relu()
            .group_norm(4)
            .max_pool2d(2)
            .depthwise_conv2d(3)
            .same()
            .dilation(2)
            .without_bias()
            .avg_pool2d(3)
            .stride(1)
            .padding(1)
            .max_pool2d(2)
            .stride(1)
            .sigmoid()
            .tanh()
            .dropout(0.25)
            .flatten()
            .layer_norm()
            .dense(10)
            .without_bias();
        let network = Network::from_plan(&PLAN);
        assert_eq!(text(read(&write(&network))), PLAN.to_string());
        assert_eq!(
            PLAN.to_string(),
            "Input([3, 16, 16]).conv2d(8, 3).same().stride(2).batch_norm().relu().group_norm(4).max_pool2d(2)\
             .conv2d(8, 3).groups(8).same().dilation(2).without_bias().avg_pool2d(3).stride(1).padding(1)\
             .max_pool2d(2).stride(1)\
             .sigmoid().tanh().dropout(0.25).flatten().layer_norm().dense(10).without_bias()"
        );
        static POOLED: Plan =
            Plan::new(&[3, 4, 4], true).skip().relu6().add().instance_norm().upsample(3).global_avg_pool2d();
        assert_eq!(text(read(&write(&Network::from_plan(&POOLED)))), POOLED.to_string());
        static RECURRENT: Plan = Plan::new(&[5], true)
            .embedding(7, 4)
            .positional_encoding()
            .gru(3)
            .sequences()
            .bidirectional()
            .simple_rnn(4)
            .sequences()
            .lstm(2);
        assert_eq!(text(read(&write(&Network::from_plan(&RECURRENT)))), RECURRENT.to_string());
        static ACTIVE: Plan = Plan::new(&[4], true)
            .leaky_relu(0.1)
            .elu(1.0)
            .gelu()
            .silu()
            .softplus()
            .hardswish()
            .hardsigmoid()
            .softmax();
        assert_eq!(text(read(&write(&Network::from_plan(&ACTIVE)))), ACTIVE.to_string());
        static SEQUENCES: Plan = Plan::new(&[2, 16], true)
            .conv1d(6, 3)
            .groups(2)
            .same()
            .dilation(2)
            .stride(2)
            .without_bias()
            .max_pool1d(2)
            .stride(1)
            .avg_pool1d(3)
            .padding(1)
            .permute([1, 0])
            .position_embedding()
            .multi_head_attention(3)
            .inner_dropout(0.25)
            .causal()
            .transformer_encoder(2, 8)
            .transformer_encoder(3, 8)
            .inner_dropout(0.0)
            .causal()
            .activation("gelu")
            .norm_first()
            .prelu()
            .log_softmax();
        assert_eq!(text(read(&write(&Network::from_plan(&SEQUENCES)))), SEQUENCES.to_string());
        assert_eq!(
            SEQUENCES.to_string(),
            "Input([2, 16]).conv1d(6, 3).groups(2).same().dilation(2).stride(2).without_bias()\
             .max_pool1d(2).stride(1).avg_pool1d(3).padding(1).permute([1, 0]).position_embedding()\
             .multi_head_attention(3).causal().inner_dropout(0.25).transformer_encoder(2, 8)\
             .transformer_encoder(3, 8).norm_first().activation(\"gelu\").causal().inner_dropout(0.0)\
             .prelu().log_softmax()"
        );
        static LARGER: Plan = Plan::new(&[12], true)
            .reshape([3, 2, 2])
            .conv_transpose2d(4, 2)
            .stride(2)
            .conv_transpose2d(4, 3)
            .stride(2)
            .same()
            .without_bias()
            .conv_transpose2d(2, 4)
            .stride(3)
            .padding(1)
            .output_padding(2)
            .global_max_pool2d();
        assert_eq!(text(read(&write(&Network::from_plan(&LARGER)))), LARGER.to_string());
        assert_eq!(
            LARGER.to_string(),
            "Input([12]).reshape([3, 2, 2]).conv_transpose2d(4, 2).stride(2)\
             .conv_transpose2d(4, 3).stride(2).same().without_bias()\
             .conv_transpose2d(2, 4).stride(3).padding(1).output_padding(2).global_max_pool2d()"
        );
        static ENDS: [Plan; 4] = [
            Plan::new(&[4, 3], true).global_avg_pool1d(),
            Plan::new(&[4, 3], true).global_max_pool1d(),
            Plan::new(&[4, 3], true).mean_over_time(),
            Plan::new(&[4, 3], true).max_over_time(),
        ];
        for plan in &ENDS {
            assert_eq!(text(read(&write(&Network::from_plan(plan)))), plan.to_string());
        }
        let used: Vec<&str> = [&PLAN, &POOLED, &RECURRENT, &ACTIVE, &SEQUENCES, &LARGER]
            .into_iter()
            .chain(&ENDS)
            .flat_map(|plan| plan.steps())
            .map(|step| step.word.name)
            .collect();
        assert!(WORDS.iter().all(|word| used.contains(&word.name)), "this test uses every word");
    }

    #[test]
    fn a_plan_from_a_file_is_checked_like_code() {
        let layer = |layer: &str| text(read(&format!(r#"{{"input": [32, 3, 3], "layers": [{layer}]}}"#)));
        assert_eq!(
            layer(r#"{"layer": "conv2d", "filters": 64, "kernel": 5, "stride": 1, "padding": 0}"#),
            "conv2d(64, 5): the kernel (5x5) is larger than its input [32, 3, 3]"
        );
        assert_eq!(layer(r#"{"layer": "dense"}"#), "its layer `dense` has no number `units`");
        assert!(layer(r#"{"layer": "lstm2"}"#).contains("`lstm2` that this version does not know"));
        assert!(text(read("no")).contains("not JSON"));
        assert_eq!(
            text(read(r#"{"input": [1, 0], "layers": []}"#)),
            "Input([1, 0]): every size must be at least 1"
        );
        assert_eq!(text(read(r#"{"input": [], "layers": []}"#)), "Input needs one to four sizes, got 0");
    }
}
