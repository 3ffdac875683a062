"""Jupyter's own conformance suite (jupyter_kernel_test) against the installed kernel.

    ferrolab install
    python -m pytest tests/jupyter/test_kernel.py

`FERROLAB_KERNEL` names another kernelspec than `ferrolab`.
"""

import os

import jupyter_kernel_test
import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

KERNEL = os.environ.get("FERROLAB_KERNEL", "ferrolab")
# The first cell may have to wait for the library to be loaded.
jupyter_kernel_test.TIMEOUT = 60


@pytest.fixture(scope="session", autouse=True)
def kernelspec():
    try:
        KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        pytest.exit(f"there is no kernelspec `{KERNEL}`: run `ferrolab install` first", returncode=2)


class KernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("something to worry about");'

    completion_samples = [
        {"text": "whi", "matches": ["while"]},
        {"text": "let y = answ", "matches": ["answer"]},
    ]
    complete_code_samples = ["1 + 1", "let x = 1;", "fn f() -> i32 {\n    2\n}", "// a comment", 'println!("{{");']
    incomplete_code_samples = ["fn f() {", "vec![1, 2,", 'let s = "text', "1 +"]
    invalid_code_samples = ["fn f() }", "let let = 1;"]

    code_generate_error = 'panic!("on purpose");'
    code_execute_result = [
        {"code": "1 + 1", "result": "2"},
        {"code": "1 + 2", "result": "3"},
        {"code": '"text".len()', "result": "4"},
    ]
    code_display_data = [
        {"code": 'display(&Html("<b>bold</b>"));', "mime": "text/html"},
    ]
    code_clear_output = "clear_output(true);"
    code_inspect_sample = "answer"
    code_page_something = "?answer"

    code_history_pattern = "1 ? 2*"
    supported_history_operations = ("tail", "range", "search")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = "use ferrolab::prelude::*;\nlet answer = 42;"
        reply = cls.kc.execute_interactive(first, timeout=jupyter_kernel_test.TIMEOUT)
        assert reply["content"]["status"] == "ok", reply["content"]


class IopubWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True
