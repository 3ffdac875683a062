"""How long a notebook waits: from starting a kernel to its first reply, for typical cells, for completion, for much output;
and how much memory it holds. Several kernels are measured in one run, each cell by turns, so that the ratios mean something
on a machine whose speed drifts.

    ferrolab install --prefix /tmp/spec        # or any Jupyter that knows the kernels
    ferrolab install --prefix /tmp/spec --engine evcxr
    JUPYTER_PATH=/tmp/spec/share/jupyter python benches/cells.py [--repeats N] [--starts N] [--pause S] [KERNEL ...]

KERNEL is the name of a kernelspec: `ferrolab` (the default), `ferrolab-evcxr`, or one whose implementation is evcxr_jupyter,
which needs its crates built once before (its first run does that, see README.md). Needs jupyter_client and psutil (see requirements.txt).
Prints a Markdown table: medians, in seconds of wall time from the request to the idle status. Every repeat differs a little
in its text, so that nothing can be answered from a cache.
"""

import argparse
import statistics
import time

import psutil
from jupyter_client.manager import KernelManager

FRAME = 'let table = df!("class" => ["a", "b", "a", "c"], "n" => [1, 2, 3, 4])?;'
# What a kernel must be told first, and the same work in the words of its libraries. `{i}` is the number of the repeat.
CELLS = {
    "ferrolab": {
        "first cell with polars": f"use ferrolab::prelude::*;\n{FRAME}",
        "chart": 'LineChart::new("run {i}").line("loss", &[3.0, 2.0, 1.5])',
        "model definition": "let mut model{i} = sequential!(Input([3, 32, 32]).conv2d(32, 3).relu().max_pool2d(2).conv2d(64, 3)"
        ".relu().max_pool2d(2).conv2d(64, 3).relu().flatten().dense(64).relu().dense(10));",
        "wrong model, refused": "let wrong{i} = sequential!(Input([3, 32, 32]).conv2d(32, 3).relu().dense(10));",
    },
    "evcxr_jupyter": {
        "first cell with polars": ':dep polars = { version = "0.55.2", default-features = false, features = ["lazy", "csv", "fmt"] }\n'
        ':dep plotters = { version = "0.3.7", default-features = false, features = ["evcxr", "svg_backend", "line_series", "point_series"] }\n'
        f"use polars::prelude::*;\nuse plotters::prelude::*;\n{FRAME}",
        "chart": "evcxr_figure((640, 480), |root| { root.fill(&WHITE)?; let mut chart = ChartBuilder::on(&root)"
        '.caption("run {i}", ("sans-serif", 20)).margin(5).x_label_area_size(30).y_label_area_size(30)'
        ".build_cartesian_2d(0f32..2f32, 0f32..3f32)?; chart.configure_mesh().draw()?; "
        "chart.draw_series(LineSeries::new([(0f32, 3f32), (1f32, 2f32), (2f32, 1.5f32)], &RED))?; Ok(()) })",
    },
}
COMMON = {
    "empty": "// nothing {i}",
    "`1 + 1`": "1 + 1 + {i} - {i}",
    "`let`": "let x{i} = {i} * 2;",
    "`println!`": 'println!("hello {i}");',
    "polars group_by": 'table.clone().lazy().group_by([col("class")]).agg([col("n").sum().alias("sum{i}")]).collect()?',
}
LOOP = "let mut s{i} = 0.0f64; for i in 0..100_000_000u64 {{ s{i} += i as f64 * 0.5; }} s{i}"
LEVELS = ["auto", "0", "1", "2", "3"]
LINES = 'for i in 0..20_000 { println!("line {i}"); }'


class Kernel:
    """A running kernel and what was measured of it: a list of times for each row."""

    def __init__(self, name, pause):
        self.name, self.times, self.pause = name, {}, 0
        self.manager = KernelManager(kernel_name=name)
        started = time.perf_counter()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.kernel_info()
        info = self.client.get_shell_msg(timeout=120)["content"]
        self.note("start to first reply", started)
        self.implementation = info["implementation"]
        self.own = CELLS.get(self.implementation, CELLS["evcxr_jupyter"])
        self.run("first cell with polars", self.own["first cell with polars"])
        self.note("start to its result", started)
        self.pause = pause

    def note(self, row, started):
        self.times.setdefault(row, []).append(time.perf_counter() - started)

    def run(self, row, code, may_fail=False):
        """Runs a cell; gives the number of messages with output."""
        time.sleep(self.pause)
        started = time.perf_counter()
        request = self.client.execute(code)
        messages, failed = 0, False
        while True:
            message = self.client.get_iopub_msg(timeout=3600)
            if message["parent_header"].get("msg_id") != request:
                continue
            messages += message["msg_type"] == "stream"
            failed |= message["msg_type"] == "error"
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        self.note(row, started)
        assert failed == may_fail, f"{self.name}: {code}"
        return messages

    def complete(self, row, code):
        started = time.perf_counter()
        request = self.client.complete(code)
        while self.client.get_shell_msg(timeout=120)["parent_header"].get("msg_id") != request:
            pass
        self.note(row, started)

    def memory(self):
        """MiB in memory of the kernel and all that it has started, pages that several share counted once."""
        kernel = psutil.Process(self.manager.provisioner.process.pid)
        return sum(process.memory_full_info().pss for process in [kernel, *kernel.children(recursive=True)]) / 2**20

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", nargs="*", default=["ferrolab"], metavar="KERNEL")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--starts", type=int, default=1, help="kernels that are started and ended before (default: 1)")
    parser.add_argument("--pause", type=float, default=0, help="seconds between cells, as a person makes them (default: none)")
    arguments = parser.parse_args()

    before = {name: {} for name in arguments.kernels}
    for i in range(arguments.starts):
        for name in arguments.kernels:
            kernel = Kernel(name, 0)
            kernel.end()
            for row, times in kernel.times.items() if i else []:  # the first reads everything into memory
                before[name].setdefault(row, []).extend(times)
    kernels = [Kernel(name, arguments.pause) for name in arguments.kernels]
    for kernel in kernels:
        for row, times in before[kernel.name].items():
            kernel.times[row] += times
    cells = list(COMMON.items()) + [("chart", None), ("model definition", None), ("wrong model, refused", None)]
    for row, common in cells:
        for i in range(arguments.repeats):
            for kernel in kernels:
                code = common or kernel.own.get(row)
                if code:
                    kernel.run(row, code.replace("{i}", str(i)), may_fail=row.endswith("refused"))
    loops = [kernel for kernel in kernels if kernel.implementation == "ferrolab"]
    for i in range(arguments.repeats):
        for kernel in loops:
            for level in LEVELS:
                kernel.run("setting", f":opt {level}")
                kernel.run(f"loop, {level}", LOOP.format(i=f"{level}{i}"))
    for kernel in loops:
        kernel.run("setting", ":opt auto")
    for i in range(arguments.repeats):
        for kernel in kernels:
            kernel.complete("completion of `tab`", f"let y{i} = 1;\ntab")
    messages = {kernel.name: kernel.run("20 000 lines", LINES) for kernel in kernels}

    print("| | " + " | ".join(kernel.name for kernel in kernels) + " |")
    print("| --- |" + " --- |" * len(kernels))
    rows = ["start to first reply", "first cell with polars", "start to its result", *[row for row, _ in cells], "completion of `tab`", "20 000 lines"]
    for row in rows:
        found = [kernel.times.get(row) for kernel in kernels]
        print(f"| {row} | " + " | ".join(f"{statistics.median(times):.2f}" if times else "–" for times in found) + " |")
    print("| messages for 20 000 lines | " + " | ".join(str(messages[kernel.name]) for kernel in kernels) + " |")
    print("| memory, MiB | " + " | ".join(f"{kernel.memory():.0f}" for kernel in kernels) + " |")
    for kernel in loops:
        times = {level: statistics.median(kernel.times[f"loop, {level}"]) for level in LEVELS}
        best = min(times[level] for level in LEVELS if level != "auto")
        print(f"{kernel.name}, 10⁸ float additions, compiled and run, by `:opt`:", {k: round(v, 2) for k, v in times.items()})
        print(f"auto / the best fixed level: {times['auto'] / best:.2f}")
    for kernel in kernels:
        kernel.end()


main()
