"""How long a notebook waits: from starting the kernel to its first reply, and for some typical cells.

    ferrolab install --prefix /tmp/spec        # or any Jupyter that knows the kernel
    JUPYTER_PATH=/tmp/spec/share/jupyter python benches/cells.py [REPEATS]

Needs jupyter_client (see requirements.txt). Prints a Markdown table: seconds of wall time from the request to the idle
status, the first time in a fresh kernel and the median of the repeats. Every repeat differs a little in its text, so that
nothing can be answered from a cache.
"""

import statistics
import sys
import time

from jupyter_client.manager import KernelManager

PRELUDE = "use ferrolab::prelude::*;"
TABLE = 'let table = df!("class" => ["a", "b", "a", "c"], "n" => [1, 2, 3, 4])?;'
CELLS = {
    "empty": "// nothing {i}",
    "`1 + 1`": "1 + 1 + {i} - {i}",
    "`let`": "let x{i} = {i} * 2;",
    "`println!`": 'println!("hello {i}");',
    "model definition": "let mut model{i} = sequential!(Input([3, 32, 32]).conv2d(32, 3).relu().max_pool2d(2).conv2d(64, 3).relu()"
    ".max_pool2d(2).conv2d(64, 3).relu().flatten().dense(64).relu().dense(10));",
    "wrong model, refused": "let wrong{i} = sequential!(Input([3, 32, 32]).conv2d(32, 3).relu().dense(10));",
    "polars group_by": 'table.clone().lazy().group_by([col("class")]).agg([col("n").sum().alias("sum{i}")]).collect()?',
    "chart": 'LineChart::new("run {i}").line("loss", &[3.0, 2.0, 1.5])',
}


def wait_for_idle(client, request):
    """Waits for the end of a cell; whether it failed."""
    failed = False
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != request:
            continue
        failed |= message["msg_type"] == "error"
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return failed


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    manager = KernelManager(kernel_name="ferrolab")
    started = time.perf_counter()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.kernel_info()
    client.get_shell_msg(timeout=60)
    print(f"first reply of the kernel: {time.perf_counter() - started:.2f} s\n")
    for code in [PRELUDE, TABLE]:
        started = time.perf_counter()
        assert not wait_for_idle(client, client.execute(code)), code
        print(f"{code[:40]}: {time.perf_counter() - started:.2f} s")
    print("\n| cell | first | median |\n| --- | --- | --- |")
    for name, code in CELLS.items():
        times = []
        for i in range(repeats):
            started = time.perf_counter()
            failed = wait_for_idle(client, client.execute(code.replace("{i}", str(i))))
            times.append(time.perf_counter() - started)
            assert failed == name.endswith("refused"), name
        print(f"| {name} | {times[0]:.2f} | {statistics.median(times):.2f} |")
    client.stop_channels()
    manager.shutdown_kernel(now=True)


main()
