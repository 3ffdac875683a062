"""A plugin for the suite of jupyter_client, which brings a kernel `echo` of its own: every test must see ours."""

import pytest
from jupyter_client.kernelspec import KernelSpecManager


@pytest.fixture(autouse=True)
def echo_is_ours(jp_environ):
    assert KernelSpecManager().get_kernel_spec("echo").language == "rust"
