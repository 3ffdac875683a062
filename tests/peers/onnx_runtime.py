"""Writes `onnx_runtime.safetensors`, which `src/io/onnx/tests.rs` compares ferrolab with.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-onnx.txt
    FERROLAB_ONNX=FOLDER cargo test -p ferrolab --lib write_the_models_for_onnx_runtime -- --ignored
    V/bin/python tests/peers/onnx_runtime.py FOLDER

Checks each model that ferrolab wrote into FOLDER by ONNX's checker, with the shapes that it infers between the layers, and
runs it by ONNX Runtime 1.32.0 on the CPU, whole batches and single inputs. For each case the fixture holds the inputs `x`,
the outputs `y`, and in its metadata the SHA-256 of the model without ferrolab's version.
"""

import hashlib
import pathlib
import sys

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).parent


def digest(path):
    """The SHA-256 of a model without the version of what wrote it."""
    content = path.read_bytes()
    model = onnx.load_from_string(content)
    assert model.SerializeToString(deterministic=True) == content, f"{path}: protobuf writes other bytes"
    model.ClearField("producer_version")
    return hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()


def run(path, x):
    """The outputs, checked in every way that ONNX has."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    # The shapes between the layers, which ferrolab wrote down, are what ONNX finds without them.
    bare = onnx.load(path)
    bare.graph.ClearField("value_info")
    inferred = onnx.shape_inference.infer_shapes(bare, check_type=True, strict_mode=True, data_prop=True)
    found = {value.name: value.type for value in inferred.graph.value_info}
    for value in model.graph.value_info:
        theirs = found[value.name]
        # Of an enlarged batch, ONNX does not infer that it is as many pictures: a size that it does not know fits ours.
        for own, dim in zip(value.type.tensor_type.shape.dim, theirs.tensor_type.shape.dim):
            if not dim.HasField("dim_value") and not dim.dim_param.startswith("batch"):
                dim.CopyFrom(own)
        assert theirs == value.type, f"{path}: {value.name} is {theirs}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 2
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("input", ["batch", *x.shape[1:]])]
    (y,) = session.run(None, {"input": x})
    assert session.get_outputs()[0].shape == ["batch", *y.shape[1:]]
    for i in range(len(x)):
        (one,) = session.run(None, {"input": x[i : i + 1]})
        assert numpy.allclose(one[0], y[i], atol=1e-6), f"{path}: alone, input {i} gives another result"
    return y


def main():
    folder = pathlib.Path(sys.argv[1])
    fixture, digests = {}, {}
    for name, x in load_file(folder / "inputs.safetensors").items():
        path = folder / f"{name}.onnx"
        fixture |= {f"{name}.x": x, f"{name}.y": run(path, x)}
        digests[name] = digest(path)
    save_file(fixture, HERE / "onnx_runtime.safetensors", metadata=digests)
    size = sum(value.nbytes for value in fixture.values())
    print(f"{len(digests)} models, {size / 1024:.0f} KiB of values, ONNX Runtime {onnxruntime.__version__}")


if __name__ == "__main__":
    main()
