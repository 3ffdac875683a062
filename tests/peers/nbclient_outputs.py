"""What nbclient stores for sequences of kernel messages: writes kernel/tests/fixtures/nbclient_outputs.json.

Run with the Python of the private environment (`ferrolab doctor` says where): python tests/peers/nbclient_outputs.py
Streams that follow each other are joined here, as JupyterLab does when it saves; nbclient keeps them apart. Carriage
returns are left out: JupyterLab applies them before it saves, nbclient does not.
"""

import copy
import json
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat.v4 import new_code_cell, new_notebook
from nbformat.v4.rwbase import split_lines


def stream(text, name="stdout"):
    return "stream", {"name": name, "text": text}


def display(text, display_id=None, kind="display_data", mime="text/html", **metadata):
    transient = {"display_id": display_id} if display_id else {}
    content = {"data": {mime: text, "text/plain": "plain\ntext"}, "metadata": metadata, "transient": transient}
    return kind, content


def result(value, count=1, display_id=None):
    kind, content = display(value, display_id, "execute_result")
    return kind, content | {"execution_count": count}


def clear(wait=False):
    return "clear_output", {"wait": wait}


def error(text):
    return "error", {"ename": "panic", "evalue": text, "traceback": [f"\x1b[31mpanic\x1b[0m: {text}", " --> cell 1:2"]}


# Name: messages of the first cell, of the second, …
SEQUENCES = {
    "streams keep their order": [[stream("a\n"), stream("e\n", "stderr"), stream("b\n")]],
    "streams that follow each other": [[stream("a"), stream("b\n"), stream("c")], [stream("d")]],
    "line ends of all kinds": [[stream("a\x1cb\n\nc\u2028d\x0ce")]],
    "a display between streams": [[stream("a"), display("<b>1</b>\n<i>2</i>"), stream("b")]],
    "json content is not split": [[display({"a": [1, "x\ny"]}, mime="application/json"), display("{\n}", mime="application/x+json")]],
    "metadata": [[display("x", mime="image/png", width=3)]],
    "a result and an error": [[result("42\n")], [error("boom")]],
    "an update of an earlier cell": [[display("old", "x"), stream("a")], [display("new", "x", "update_display_data"), stream("b")]],
    "an update of two displays": [[display("one", "x"), display("two", "x"), display("three", "x", "update_display_data")]],
    "a second display updates the first": [[display("one", "x")], [display("two", "x")]],
    "an update of a result": [[result("one", 1, "x"), display("two", "x", "update_display_data")]],
    "an update of nothing": [[display("new", "nobody", "update_display_data")]],
    "clear at once": [[stream("a"), display("x"), clear(), stream("b")]],
    "clear and nothing after": [[stream("a"), clear()]],
    "clear with wait": [[stream("a"), display("x"), clear(True), stream("b")]],
    "clear with wait and nothing after": [[stream("a"), clear(True)]],
    "clear with wait, then an update": [[display("old", "x"), clear(True), display("new", "x", "update_display_data")]],
    "a cleared display is not updated": [[display("old", "x"), clear(), stream("a"), display("new", "x", "update_display_data")]],
    "clear reaches only its own cell": [[stream("a"), clear(True)], [stream("b")]],
    "a live bar": [[clear(True), stream("1"), clear(True), stream("2"), clear(True), stream("3")]],
}


def joined(outputs):
    done = []
    for output in outputs:
        if done and output["output_type"] == "stream" == done[-1]["output_type"] and output["name"] == done[-1]["name"]:
            done[-1]["text"] += output["text"]
        else:
            done.append(output)
    return done


def stored(cells):
    notebook = new_notebook(cells=[new_code_cell("") for _ in cells])
    client = NotebookClient(notebook, record_timing=False)
    client.reset_execution_trackers()
    for index, messages in enumerate(cells):
        client.clear_before_next_output = False
        for kind, content in messages:
            message = {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {"msg_id": "1"}, "content": copy.deepcopy(content)}
            try:
                client.process_message(message, notebook.cells[index], index)
            except CellExecutionComplete:
                pass
    for cell in notebook.cells:
        cell.outputs = joined(cell.outputs)
    nbformat.validate(notebook)
    return [cell.outputs for cell in split_lines(notebook).cells]


def main():
    cases = [
        {
            "name": name,
            "cells": [[{"msg_type": kind, "content": content} for kind, content in messages] for messages in cells],
            "stored": stored(cells),
        }
        for name, cells in SEQUENCES.items()
    ]
    target = Path(__file__).resolve().parents[2] / "kernel" / "tests" / "fixtures" / "nbclient_outputs.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(cases)} cases: {target}")


if __name__ == "__main__":
    main()
