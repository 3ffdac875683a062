"""The tables: medians and quartiles, the ratios to the best peer, the share of the machine's peak, the memory."""

import os
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from plan import MEMORY, MEMORY_REFERENCE, MEMORY_STEPS, MEMORY_TARGET, OURS, ROWS, Job, Row, flop


class Memory(NamedTuple):
    """The most that a process has held, in MiB: before its first request and at the end."""

    start: float
    peak: float


@dataclass
class Report:
    """What one run has measured."""

    rounds: int
    seconds: float
    load: tuple[float, float, float] = field(default_factory=os.getloadavg)
    versions: dict[str, str] = field(default_factory=dict)
    rates: dict[Job, dict[str, list[float]]] = field(default_factory=dict)
    peaks: dict[Job, list[float]] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)
    unsupported: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        sections = [self.heading(), self.summary(), self.details(), self.memory_table(), self.remarks()]
        return "\n\n".join(section for section in sections if section)

    def raw(self) -> dict[str, object]:
        """Every repetition, for a file."""
        return {
            "machine": machine(),
            "load": self.load,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "versions": self.versions,
            "samples_per_second": {str(job): rates for job, rates in self.rates.items()},
            "peak_gflops": {str(job): values for job, values in self.peaks.items()},
            "memory_mib": {name: memory._asdict() for name, memory in self.memory.items()},
            "unsupported": self.unsupported,
            "notes": self.notes,
        }

    def heading(self) -> str:
        versions = "; ".join(f"{name}: {version}" for name, version in self.versions.items())
        return (
            f"{machine()}, {os.cpu_count()} cores, load at the start {self.load[0]:.1f}; two threads each, f32; "
            f"medians of {self.rounds} rounds of {self.seconds:g} s (quartiles), samples a second, of products for matmul.\n\n{versions}."
        )

    def summary(self) -> str:
        """Ours beside the best peer, and the targets."""
        head = ["workload", OURS, "best peer", "", "ratio", "to reach", "GFLOP/s", "of the peak", "to reach", ""]
        return table(head, [self.summary_row(row) for row in ROWS if row.job in self.rates])

    def summary_row(self, row: Row) -> list[str]:
        rates = dict(self.rates[row.job])
        ours = rates.pop(OURS, None)
        best = max(rates, key=lambda name: statistics.median(rates[name]), default=None)
        ratio = statistics.median(ours) / statistics.median(rates[best]) if ours and best else None
        gflops, share = self.speed(row.job)
        return [
            str(row.job),
            spread(ours),
            best or "–",
            spread(rates.get(best)),
            number(ratio),
            number(row.ratio),
            f"{gflops:.0f}" if gflops else "",
            percent(share),
            percent(row.share),
            verdict((ratio, row.ratio), (share, row.share)),
        ]

    def speed(self, job: Job) -> tuple[float | None, float | None]:
        """Our GFLOP/s, and their share of the peak measured in the same rounds."""
        ours, work = self.rates[job].get(OURS), flop(job)
        if not ours or not work:
            return None, None
        gflops = statistics.median(ours) * work / 1e9
        peak = self.peaks.get(job)
        return gflops, gflops / statistics.median(peak) if peak else None

    def details(self) -> str:
        """Every engine."""
        names = [name for name in self.versions if any(name in rates for rates in self.rates.values())]
        rows = [[str(job), *(spread(rates.get(name)) for name in names)] for job, rates in self.rates.items()]
        return table(["workload", *names], rows)

    def memory_table(self) -> str:
        if not self.memory:
            return ""
        reference = self.memory.get(MEMORY_REFERENCE)
        rows = []
        for name, memory in self.memory.items():
            part = memory.peak / reference.peak if reference else None
            to_reach = number(MEMORY_TARGET) if name == OURS else ""
            rows.append([name, f"{memory.start:.0f}", f"{memory.peak:.0f}", number(part), to_reach])
        title = f"Peak memory of a fresh process, {MEMORY}, {MEMORY_STEPS} steps or more:"
        head = ["", "started, MiB", "at the end, MiB", f"of {MEMORY_REFERENCE}", "to reach"]
        return title + "\n\n" + table(head, rows)

    def remarks(self) -> str:
        lines = [f"- {note}" for note in self.notes]
        for name, reasons in self.unsupported.items():
            for reason, jobs in reasons.items():
                lines.append(f"- {name}: {', '.join(dict.fromkeys(jobs))}: not measured ({reason})")
        return "\n".join(lines)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; nothing where there are no rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def spread(values: list[float] | None) -> str:
    """The median and, from two values on, the quartiles."""
    if not values:
        return "–"
    median = statistics.median(values)
    if len(values) == 1:
        return rounded(median)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{rounded(median)} ({rounded(low)}–{rounded(high)})"


def rounded(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def percent(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.0f} %"


def verdict(*pairs: tuple[float | None, float | None]) -> str:
    """`yes` where every target that could be checked is reached; nothing where none could."""
    checked = [value >= target for value, target in pairs if value is not None and target is not None]
    return "" if not checked else "yes" if all(checked) else "no"


def machine() -> str:
    """The processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"
