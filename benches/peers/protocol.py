"""The engine's side of the protocol, for the engines written in Python (`protocol.rs` is the same for Rust).

One line in, `WORKLOAD MODE BATCH SECONDS`, one line of JSON out: `{"samples_per_second": 1234.5}` or `{"unsupported": "why"}`.
The first line out tells who answers: `{"engine": "PyTorch eager", "version": "2.x"}`. The end of the input ends the engine.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, TextIO

WARM_UP_STEPS = 3
WARM_UP_SECONDS = 0.3


class Unsupported(Exception):
    """The engine has no such workload; the text says why."""


class Job(NamedTuple):
    """What is asked for, without how long. `mode` is `train`, `infer` or `-`."""

    workload: str
    mode: str
    batch: int


class Step(NamedTuple):
    """One repetition of the work and how many samples it gets through."""

    run: Callable[[], object]
    samples: int


def serve(engine: str, version: str, build: Callable[[Job], Step]) -> None:
    """Answers requests until the input ends. Each job is built and warmed up once and then kept."""
    replies = claim_stdout()
    steps: dict[Job, Step | Unsupported] = {}
    send(replies, {"engine": engine, "version": version})
    for line in sys.stdin:
        workload, mode, batch, seconds = line.split()
        job = Job(workload, mode, int(batch))
        if job not in steps:
            steps[job] = prepare(build, job)
        step = steps[job]
        if isinstance(step, Unsupported):
            send(replies, {"unsupported": str(step)})
        else:
            send(replies, {"samples_per_second": measure(step, float(seconds))})


def claim_stdout() -> TextIO:
    """The real standard output, for replies only: whatever a library prints goes to the standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def send(replies: TextIO, message: dict[str, object]) -> None:
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def prepare(build: Callable[[Job], Step], job: Job) -> Step | Unsupported:
    try:
        step = build(job)
    except Unsupported as reason:
        return reason
    start = time.perf_counter()
    done = 0
    while done < WARM_UP_STEPS or time.perf_counter() - start < WARM_UP_SECONDS:
        step.run()
        done += 1
    return step


def measure(step: Step, seconds: float) -> float:
    """Whole steps until the time is over: samples a second."""
    run, steps = step.run, 0
    start = now = time.perf_counter()
    while now - start < seconds or steps == 0:
        run()
        steps += 1
        now = time.perf_counter()
    return steps * step.samples / (now - start)
