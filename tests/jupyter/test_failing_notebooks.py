"""Jupyter's own tools must see a failing cell as we do: `jupyter nbconvert --execute` and `pytest --nbmake` fail where
`ferrolab test` fails, and pass where it passes.

Run with the Python of the private environment (`ferrolab doctor` says where) and the program in FERROLAB:
FERROLAB=target/release/ferrolab PYTHON -m pytest tests/jupyter
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
FERROLAB = Path(os.environ.get("FERROLAB", ROOT / "target" / "release" / "ferrolab")).absolute()

GOOD = ["let a = 20;", "println!(\"{}\", a);\na + 22"]
# What the last cell is, and what the reader must find in the report.
FAILING = {
    "panic": ('let x = 1;\npanic!("x is {x}")', "x is 1"),
    "question_mark": ('let text = std::fs::read_to_string("nope")?;', "No such file"),
    "type_error": ("let wrong: i32 = \"no\";", "mismatched types"),
    "process_exit": ("std::process::exit(3);", "3"),
}


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Variables with which Jupyter finds the kernelspec of this build, and only that."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([FERROLAB, "install", "--prefix", prefix, "--name", "ferrolab"], check=True)
    return os.environ | {"JUPYTER_PATH": str(prefix / "share" / "jupyter"), "NO_COLOR": "1"}


def write(folder, name, sources, tags=()):
    cells = [new_code_cell(source) for source in sources]
    cells[-1].metadata["tags"] = list(tags)
    kernelspec = {"name": "ferrolab", "display_name": "Rust (ferrolab)", "language": "rust"}
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), path)
    return path


def nbconvert(path, environment):
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "executed", path]
    return run(command, environment)


def nbmake(path, environment):
    command = [sys.executable, "-m", "pytest", "--nbmake", "-p", "no:cacheprovider", "--rootdir", path.parent, path]
    return run(command, environment)


def ferrolab(path, environment):
    return run([FERROLAB, "test", path], environment)


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)


TOOLS = [nbconvert, nbmake, ferrolab]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_good_notebook_passes(tool, tmp_path, environment):
    code, report = tool(write(tmp_path, "good", GOOD), environment)
    assert code == 0, report


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", FAILING)
def test_a_failing_cell_fails_the_notebook_and_says_why(tool, kind, tmp_path, environment):
    source, reason = FAILING[kind]
    code, report = tool(write(tmp_path, kind, [*GOOD, source]), environment)
    assert code == 1, report
    assert reason in report


@pytest.mark.parametrize("tool", TOOLS)
def test_an_allowed_failure_passes(tool, tmp_path, environment):
    path = write(tmp_path, "allowed", [*GOOD, 'panic!("as planned")'], tags=["raises-exception"])
    code, report = tool(path, environment)
    assert code == 0, report


def test_nbconvert_and_ferrolab_run_store_the_same_outputs(tmp_path, environment):
    source = write(tmp_path, "same", GOOD)
    code, report = nbconvert(source, environment)
    assert code == 0, report
    code, report = run([FERROLAB, "run", source, "--output", tmp_path / "out"], environment)
    assert code == 0, report
    theirs = nbformat.read(tmp_path / "executed.ipynb", as_version=4)
    ours = nbformat.read(tmp_path / "out" / "same.ipynb", as_version=4)
    nbformat.validate(ours)
    assert [cell.outputs for cell in ours.cells] == [cell.outputs for cell in theirs.cells]
    assert [cell.execution_count for cell in ours.cells] == [1, 2]
    assert ours.metadata.language_info == theirs.metadata.language_info
