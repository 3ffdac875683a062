"""Lines for the kernel, and what the protocol asks beside the cell, seen by Jupyter's own client: `:vars` with real sizes,
`:type`, `:explain`, pages, user_expressions, a history that outlives the kernel.

    FERROLAB=target/release/ferrolab PYTHON -m pytest tests/jupyter/test_magics.py
"""

import os
import subprocess
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[2]
FERROLAB = Path(os.environ.get("FERROLAB", ROOT / "target" / "release" / "ferrolab")).absolute()
TIMEOUT = 60


class Kernel:
    """A kernel that keeps its history in `data`."""

    def __init__(self, specs, data):
        self.manager = KernelManager(
            kernel_name="ferrolab", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(specs)])
        )
        self.manager.start_kernel(env=os.environ | {"XDG_DATA_HOME": str(data)})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def run(self, code, **options):
        """The reply to a cell, and its outputs."""
        outputs = []
        reply = self.client.execute_interactive(code, timeout=TIMEOUT, output_hook=outputs.append, **options)
        return reply["content"], outputs

    def shown(self, code):
        """The one picture or table that a cell shows."""
        reply, outputs = self.run(code)
        assert reply["status"] == "ok", reply
        (data,) = [out["content"]["data"] for out in outputs if out["msg_type"] == "display_data"]
        return data

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([FERROLAB, "install", "--prefix", prefix], check=True)
    return prefix / "share" / "jupyter" / "kernels"


@pytest.fixture(scope="module")
def kernel(specs, tmp_path_factory):
    kernel = Kernel(specs, tmp_path_factory.mktemp("data"))
    kernel.run("use ferrolab::prelude::*;")
    yield kernel
    kernel.end()


def test_variables_are_a_table_with_types_shapes_and_memory(kernel):
    kernel.run(
        "let images = Tensor::<Rank4<2, 3, 8, 8>>::zeros(); let rate = 0.5_f64; let mut words = vec![1_u8; 9];\n"
        'let table = df!("a" => [1, 2, 3])?; let model = sequential!(Input([4]).dense(3)); struct P; let p = P;'
    )
    data = kernel.shown(":vars")
    rows = {line.split("  ")[0]: " ".join(line.split()) for line in data["text/plain"].splitlines()}
    assert rows["images"] == "images Tensor<Rank4<2, 3, 8, 8>> [2, 3, 8, 8] 1.50 KiB"
    assert rows["rate"] == "rate f64 8 B 0.5"
    assert rows["mut words"] == "mut words Vec<u8> 9 9 B"
    assert rows["table"] == "table DataFrame 3 rows × 1 columns 12 B"
    assert rows["model"] == "model Sequential<Rank1<4>, Rank1<3>> 60 B 15 parameters"
    assert rows["p"] == "p P"
    assert data["text/html"].startswith("<table") and "&lt;Rank4&lt;2, 3, 8, 8&gt;&gt;" in data["text/html"]
    # Asking has changed nothing.
    assert kernel.run("words.push(1); words.len()")[0]["status"] == "ok"


def test_the_type_of_an_expression_is_told_without_running_it(kernel):
    kernel.run("let mut n = 1;")
    assert kernel.shown(":type { n += 1; vec![n] }")["text/plain"] == "Vec<i32>"
    assert kernel.run("assert_eq!(n, 1);")[0]["status"] == "ok"


def test_an_error_is_explained_by_the_compiler(kernel):
    reply, _ = kernel.run('let wrong: i32 = "text";')
    assert ":explain E0308" in reply["traceback"][-1]
    assert "# E0308" in kernel.shown(":explain")["text/markdown"]


def test_pages_are_in_the_reply(kernel):
    reply, outputs = kernel.run("let answer = 42;\n?answer")
    assert "i32" in reply["payload"][0]["data"]["text/plain"]
    assert not [out for out in outputs if out["msg_type"] == "display_data"]


def test_user_expressions_are_evaluated_with_rich_values(kernel):
    kernel.run("let x = 20;")
    wanted = {"sum": "x + 1", "table": 'df!("a" => [1])?', "wrong": "nobody"}
    reply, outputs = kernel.run("let y = x;", user_expressions=wanted)
    found = reply["user_expressions"]
    assert found["sum"] == {"status": "ok", "data": {"text/plain": "21"}, "metadata": {}}
    assert "<table" in found["table"]["data"]["text/html"]
    assert found["wrong"]["status"] == "error" and found["wrong"]["ename"] == "E0425"
    assert not [out for out in outputs if out["msg_type"] in ("execute_result", "error")]


def test_optimised_cells_and_timed_cells_work(kernel):
    reply, outputs = kernel.run(":opt 2\n:time let s: u64 = (0..1000).sum();\n:opt 0")
    assert reply["status"] == "ok", reply
    text = "".join(out["content"]["text"] for out in outputs if out["msg_type"] == "stream")
    assert "compiled in" in text and "level 2" in text


def test_the_history_outlives_the_kernel(specs, tmp_path):
    for code in ("let first = 1;", "let second = 2;"):
        kernel = Kernel(specs, tmp_path)
        kernel.run(code, store_history=True)
        history = kernel.client.history(hist_access_type="tail", n=5, reply=True, timeout=TIMEOUT)["content"]["history"]
        kernel.end()
    assert [entry[2] for entry in history] == ["let first = 1;", "let second = 2;"]
