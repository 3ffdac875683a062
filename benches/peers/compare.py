"""ferrolab beside the libraries that people would take instead, on the same work: see `peers.sh`, which installs them and runs this.

All engines stay alive. Each round of a workload asks every one of them once, by turns, in an order that moves on from round to round,
so that a machine whose speed drifts is as unfair to one as to another. What counts are ratios of medians within one run.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from engines import Engine, EngineError, configured
from plan import MEMORY, MEMORY_STEPS, OURS, PEAK, ROWS, Job, flop
from report import Memory, Report

# Long enough to build, compile and warm up everything; not counted.
PREPARE_SECONDS = 0.1
# Around the tables in a file that says more.
MARKS = ("<!-- peers: begin -->", "<!-- peers: end -->")


def main() -> None:
    options = arguments()
    engines = chosen_engines(options)
    names = options.only.split(",") if options.only else [row.job.workload for row in ROWS] + ["memory"]
    report = Report(options.rounds, options.seconds)
    try:
        start(engines, report)
        rows = [row for row in ROWS if row.job.workload in names]
        for index, row in enumerate(rows, 1):
            measure(row.job, engines, report, f"{index}/{len(rows)} {row.job}", options)
    finally:
        for engine in engines:
            engine.stop()
    if "memory" in names:
        for engine in engines:
            if engine.memory:
                measure_memory(engine, report)
    write(report, options)


def arguments() -> argparse.Namespace:
    peers = os.environ.get("FERROLAB_PEERS", Path.home() / ".cache" / "ferrolab-peers")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each engine is asked (7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long it works each time (1.0)")
    parser.add_argument("--only", help="workloads, by commas, of: cnn lstm mlp encoder efficientnet matmul memory")
    parser.add_argument("--engines", help="engines, by commas, by their names in engines.toml (all that are installed)")
    parser.add_argument("--output", type=Path, help="write the tables to this file too; into benches/README.md between its marks")
    parser.add_argument("--json", type=Path, help="write every repetition to this file")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds after which an engine is left out (900)")
    parser.add_argument("--peers", type=Path, default=Path(peers), help="where peers.sh has installed them")
    parser.add_argument("--ferrolab", default="", help="the library's own program: the bench `workloads`, built")
    return parser.parse_args()


def chosen_engines(options: argparse.Namespace) -> list[Engine]:
    every = configured(options.peers, options.ferrolab, options.timeout)
    if not options.engines:
        return list(every.values())
    names = options.engines.split(",")
    if unknown := [name for name in names if name not in every]:
        sys.exit(f"no such engine: {', '.join(unknown)}; there are {', '.join(every)}")
    return [engine for name, engine in every.items() if name in names]


def start(engines: list[Engine], report: Report) -> None:
    """Starts all of them; the list keeps those that answer."""
    for engine in engines[:]:
        progress(f"starting {engine.name}")
        try:
            if not engine.installed:
                raise EngineError("not installed")
            engine.start()
            report.versions[engine.name] = f"{engine.title} ({engine.version})"
        except EngineError as error:
            report.notes.append(f"{engine.name}: {error}")
            engines.remove(engine)


def measure(job: Job, engines: list[Engine], report: Report, label: str, options: argparse.Namespace) -> None:
    """All rounds of one workload. Our own engine also measures the machine's peak, once a round."""
    turns = [(engine, job) for engine in engines]
    if flop(job):
        turns += [(engine, PEAK) for engine in engines if engine.name == OURS]
    for engine, asked in turns[:]:
        progress(f"{label}: {engine.name} prepares {asked}")
        if ask(engine, asked, PREPARE_SECONDS, report) is None:
            turns.remove((engine, asked))
    for number in range(options.rounds):
        progress(f"{label}: round {number + 1} of {options.rounds}")
        first = number % max(1, len(turns))
        for engine, asked in turns[first:] + turns[:first]:
            if (value := ask(engine, asked, options.seconds, report)) is None:
                turns = [turn for turn in turns if turn != (engine, asked)]
            elif asked == PEAK:
                report.peaks.setdefault(job, []).append(value)
            else:
                report.rates.setdefault(job, {}).setdefault(engine.name, []).append(value)


def ask(engine: Engine, job: Job, seconds: float, report: Report) -> float | None:
    """The figure in the reply; none, and a note, where there is no figure."""
    try:
        reply = engine.ask(job, seconds)
    except EngineError as error:
        report.notes.append(f"{engine.name}, {job}: {error}")
        return None
    if "unsupported" in reply:
        report.unsupported.setdefault(engine.name, {}).setdefault(str(reply["unsupported"]), []).append(str(job))
        return None
    return float(reply["gflops" if job == PEAK else "samples_per_second"])


def measure_memory(engine: Engine, report: Report) -> None:
    """The peak of a fresh process after a hundred steps of training (by time: a second, and another, until they are done)."""
    progress(f"memory: {engine.name}")
    try:
        engine.start()
        at_start, samples = engine.peak_memory(), 0.0
        while samples < MEMORY_STEPS * MEMORY.batch:
            rate = ask(engine, MEMORY, 1.0, report)
            if rate is None:
                return
            samples += rate
        report.memory[engine.name] = Memory(at_start, engine.peak_memory())
    except EngineError as error:
        report.notes.append(f"{engine.name}, memory: {error}")
    finally:
        engine.stop()


def write(report: Report, options: argparse.Namespace) -> None:
    text = report.markdown()
    print(text)
    if options.output:
        put(text, options.output)
    if options.json:
        options.json.write_text(json.dumps(report.raw(), indent=1) + "\n")


def put(text: str, file: Path) -> None:
    """Into a file, in the place of what it has between the marks, if it has them."""
    before = after = ""
    if file.exists() and MARKS[0] in (old := file.read_text()):
        before, _, rest = old.partition(MARKS[0])
        after = MARKS[1] + rest.partition(MARKS[1])[2]
        before, text = before + MARKS[0] + "\n\n", text + "\n\n"
    file.write_text(before + text.rstrip("\n") + ("\n\n" if after else "\n") + after)


def progress(what: str) -> None:
    """One line on a terminal, many in a file."""
    end = "" if sys.stderr.isatty() else "\n"
    start = "\r\033[K" if sys.stderr.isatty() else ""
    print(f"{start}{what}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
