"""ONNX Runtime as an engine (see `protocol.py`), inference only: `onnx_engine.py FOLDER`, the folder `export_onnx.py` wrote to."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

from protocol import Job, Step, Unsupported, serve

THREADS = 2


class Engine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, job: Job) -> Step:
        if job.mode != "infer":
            raise Unsupported("inference only")
        path = self.folder / f"{job.workload}-{job.batch}.onnx"
        if not path.exists():
            raise Unsupported("no exported model")
        session = ort.InferenceSession(path, options(), providers=["CPUExecutionProvider"])
        feed = {session.get_inputs()[0].name: random_input(session.get_inputs()[0])}
        return Step(lambda: session.run(None, feed), job.batch)


def options() -> ort.SessionOptions:
    chosen = ort.SessionOptions()
    chosen.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    chosen.intra_op_num_threads = THREADS
    chosen.inter_op_num_threads = 1
    return chosen


def random_input(node: ort.NodeArg) -> np.ndarray:
    random = np.random.default_rng(0)
    if node.type == "tensor(int64)":
        return random.integers(0, 10_000, node.shape)
    return random.standard_normal(node.shape, dtype=np.float32)


def main() -> None:
    serve("ONNX Runtime", ort.__version__, Engine(Path(sys.argv[1])).build)


if __name__ == "__main__":
    main()
