"""The engines' processes: starting them, asking them, and what becomes of one that fails."""

import json
import os
import select
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path
from typing import IO, NoReturn

from plan import Job

HERE = Path(__file__).resolve().parent
START_TIMEOUT = 180.0
# Two threads each. Those that wait for a request sleep by their own defaults (none used a core while another was measured).
ENVIRONMENT = {
    "FERROLAB_THREADS": "2",
    "OMP_NUM_THREADS": "2",
    "MKL_NUM_THREADS": "2",
    "RAYON_NUM_THREADS": "2",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


class EngineError(Exception):
    """The engine died, took too long or said something that is no reply."""


class Engine:
    """An engine's command, and its process while that runs."""

    def __init__(self, name: str, command: list[str], memory: bool, timeout: float) -> None:
        self.name, self.command, self.memory, self.timeout = name, command, memory, timeout
        self.title, self.version = name, ""
        self.process: subprocess.Popen[bytes] | None = None
        self.unread = b""
        self.errors: IO[bytes] = tempfile.TemporaryFile()

    @property
    def installed(self) -> bool:
        return Path(self.command[0]).is_file()

    def start(self) -> None:
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            bufsize=0,
            env=os.environ | ENVIRONMENT,
        )
        self.unread = b""
        hello = self.receive(START_TIMEOUT)
        self.title, self.version = str(hello.get("engine", self.name)), str(hello.get("version", ""))

    def ask(self, job: Job, seconds: float) -> dict[str, object]:
        """The reply to one request. An engine that fails is stopped; the next request starts it anew."""
        if self.process is None:
            self.start()
        request = f"{job.workload} {job.mode} {job.batch} {seconds}\n"
        try:
            self.process.stdin.write(request.encode())
        except BrokenPipeError:
            self.fail("died")
        return self.receive(self.timeout + seconds)

    def receive(self, timeout: float) -> dict[str, object]:
        try:
            return json.loads(self.read_line(timeout))
        except json.JSONDecodeError as error:
            self.fail(f"not a reply: {error.doc.strip()[:80]!r}")

    def read_line(self, timeout: float) -> str:
        stdout, end = self.process.stdout, time.monotonic() + timeout
        while b"\n" not in self.unread:
            readable, _, _ = select.select([stdout], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                self.fail(f"no reply within {timeout:.0f} s")
            piece = stdout.read(65536)
            if not piece:
                self.fail("died")
            self.unread += piece
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode()

    def fail(self, what: str) -> NoReturn:
        """Stops the engine and raises an `EngineError` with the last line that it complained with."""
        self.stop(patience=0.0)
        self.errors.seek(0)
        complaints = self.errors.read().decode(errors="replace").strip().splitlines()
        raise EngineError(f"{what}: {complaints[-1][:200]}" if complaints else what)

    def peak_memory(self) -> float:
        """The most memory that the process has held so far, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def stop(self, patience: float = 10.0) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def configured(peers: Path, ferrolab: str, timeout: float) -> dict[str, Engine]:
    """All engines of `engines.toml`, not started."""
    places = {"here": str(HERE), "peers": str(peers), "ferrolab": ferrolab}
    engines = {}
    for name, entry in tomllib.loads((HERE / "engines.toml").read_text()).items():
        command = [part.format(**places) for part in entry["command"]]
        engines[name] = Engine(name, command, entry.get("memory", False), timeout)
    return engines
