"""Questions of cells, answered through Jupyter's own client.

    ferrolab install
    python -m pytest tests/jupyter/test_stdin.py

`FERROLAB_KERNEL` names another kernelspec than `ferrolab`.
"""

import os
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import start_new_kernel

KERNEL = os.environ.get("FERROLAB_KERNEL", "ferrolab")
TIMEOUT = 60


@pytest.fixture(scope="module")
def client():
    try:
        KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        pytest.exit(f"there is no kernelspec `{KERNEL}`: run `ferrolab install` first", returncode=2)
    manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=TIMEOUT)
    run(client, "use ferrolab::prelude::*;")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code, answers=(), **options):
    """The reply, what was printed, what was asked."""
    answers, asked, printed = list(answers), [], []

    def on_question(message):
        asked.append((message["content"]["prompt"], message["content"]["password"]))
        client.input(answers.pop(0))

    def on_output(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    options = {"allow_stdin": True, "stdin_hook": on_question} | options
    reply = client.execute_interactive(code, timeout=TIMEOUT, output_hook=on_output, **options)
    return reply["content"], "".join(printed), asked


def test_input_and_password_are_answered(client):
    code = 'println!("{} {}", input("name? ")?, password("key? ")?);'
    reply, printed, asked = run(client, code, ["Ada", "sesam"])
    assert reply["status"] == "ok", reply
    assert printed == "Ada sesam\n"
    assert asked == [("name? ", False), ("key? ", True)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere standard input is empty")
def test_standard_input_is_answered_after_what_was_printed(client):
    code = 'print!("number? ");\nfor line in std::io::stdin().lines().take(2) { println!("{}", line?.parse::<i32>()? * 2); }'
    reply, printed, asked = run(client, code, ["21", "4"])
    assert reply["status"] == "ok", reply
    assert printed == "number? 42\n8\n"
    assert asked == [("", False), ("", False)]


def test_without_stdin_the_cell_fails_at_once(client):
    reply, _, asked = run(client, 'input("name? ")?', allow_stdin=False)
    assert (reply["status"], asked) == ("error", [])
    assert "allow_stdin is false" in reply["evalue"]
