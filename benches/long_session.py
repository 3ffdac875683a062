"""Whether a long session stays as fast as it began: 500 cells in one kernel, most of which define something.

    JUPYTER_PATH=/tmp/spec/share/jupyter python benches/long_session.py [--cells N] [KERNEL]

Prints the median latency of the same cell among the first and among the last, the memory of the kernel and its children, and the
files they hold open. Needs jupyter_client and psutil.
"""

import argparse
import statistics
import time

import psutil
from jupyter_client.manager import KernelManager

PROBES = 20
# What people do in a long notebook, by turns. Every cell leaves something that later cells could use.
CELLS = [
    "let number{i} = {i};",
    "fn square{i}(x: i64) -> i64 {{ x * x + {i} }}",
    "#[derive(Debug, Clone)] struct Point{i} {{ x: f64, y: Vec<i64> }}\n"
    "impl Point{i} {{ fn norm(&self) -> f64 {{ self.x * {i} as f64 }} }}",
    "let point{i} = Point{before} {{ x: 1.5, y: vec![{i}; 3] }};\npoint{i}.norm()",
    "let text{i} = format!(\"{{}}\", {i});",
]


def run(client, code):
    started = time.perf_counter()
    request = client.execute(code)
    failed = None
    while True:
        message = client.get_iopub_msg(timeout=600)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "error":
            failed = message["content"]["evalue"]
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            assert failed is None, f"{code}: {failed}"
            return time.perf_counter() - started


def held(manager):
    """MiB of memory, and open files, of the kernel and of each of its children."""
    kernel = psutil.Process(manager.provisioner.process.pid)
    processes = [kernel, *kernel.children(recursive=True)]
    return [(process.memory_full_info().pss / 2**20, process.num_fds()) for process in processes]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel", nargs="?", default="ferrolab")
    parser.add_argument("--cells", type=int, default=500)
    arguments = parser.parse_args()
    manager = KernelManager(kernel_name=arguments.kernel)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    for i in range(5):
        run(client, f"{i} + 1")
    ends = {}
    defining = {}
    for end in ["first", "last"]:
        times = [(run(client, f"{i} + 1"), run(client, f"fn g(x: u64) -> u64 {{ x + {i} }}\ng(1)")) for i in range(PROBES)]
        ends[end] = [statistics.median(column) for column in zip(*times)]
        ends[end].append(held(manager))
        if end == "first":
            for i in range(arguments.cells):
                defining[i] = run(client, CELLS[i % len(CELLS)].format(i=i, before=i - 1))
    print(f"| after {arguments.cells} cells | first {PROBES} | last {PROBES} | ratio |")
    print("| --- | --- | --- | --- |")
    for row, at in [("`1 + 1`, s", 0), ("`fn` and a call, s", 1)]:
        first, last = ends["first"][at], ends["last"][at]
        print(f"| {row} | {first:.3f} | {last:.3f} | {last / first:.2f} |")
    early, late = (list(defining.values())[part] for part in [slice(50), slice(-50, None)])
    early, late = statistics.median(early), statistics.median(late)
    print(f"| the defining cells, s | {early:.3f} | {late:.3f} | {late / early:.2f} |")
    for row, at in [("memory, MiB: kernel, child", 0), ("open files: kernel, child", 1)]:
        print(f"| {row} | " + " | ".join(", ".join(f"{one[at]:.0f}" for one in ends[end][2]) for end in ends) + " | |")
    client.stop_channels()
    manager.shutdown_kernel(now=True)


main()
