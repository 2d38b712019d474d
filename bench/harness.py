"""What all benches share: servers in processes of their own, their CPU time, load, and runs in turns.

CPU time is user + system of a server's processes together, from `/proc`: on a machine that others use too it hardly moves,
where rates and waiting times swing.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
VIEW_US = 132
"""Microseconds that a bare Flask view took where the goals were set: by it a goal is also told as so many views."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stat(pid: int) -> list[str] | None:
    try:
        # The name of the program, in brackets, may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) is not None:
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def cpu_seconds(pid: int) -> float:
    """User + system time of a process and its descendants so far, those that have ended and were waited for among them."""
    stats = (_stat(each) for each in tree(pid))
    return sum(sum(int(ticks) for ticks in stat[11:15]) for stat in stats if stat is not None) / _TICK


def memory_mb(pid: int) -> float:
    """The largest resident set among a process and its descendants, in megabytes."""
    stats = (_stat(each) for each in tree(pid))
    return max(int(stat[21]) for stat in stats if stat is not None) * _PAGE / 1e6


@dataclass(slots=True)
class Server:
    """A server under measurement: where it listens and which process stands at its top."""

    name: str
    port: int
    pid: int


@contextmanager
def started(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> Iterator[Server]:
    """A server in a process of its own, ready once it takes a connection; gone afterwards."""
    errors = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.02)
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


@dataclass(slots=True)
class Run:
    """One measured stretch: how many requests were answered in how long, with how much CPU, and how long each took."""

    requests: int
    seconds: float
    cpu: float
    times: list[float] = field(default_factory=list)

    @property
    def cpu_us(self) -> float:
        """CPU time for a request, in microseconds."""
        return self.cpu / self.requests * 1e6

    @property
    def rate(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds

    def time_us(self, part: float) -> float:
        """The time within which this part of the requests was answered, in microseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1e6


@dataclass(slots=True)
class Summary:
    """The medians of a case's runs."""

    name: str
    cpu_us: float
    rate: float
    p50_us: float
    p99_us: float


def interleaved(cases: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, Summary]:
    """Every case once in each round, so that what else the machine does meets all alike; the medians over the rounds."""
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for _round in range(rounds):
        for name, case in cases.items():
            runs[name].append(case())
    return {name: _summary(name, done) for name, done in runs.items()}


def _summary(name: str, runs: list[Run]) -> Summary:
    return Summary(
        name,
        median(run.cpu_us for run in runs),
        median(run.rate for run in runs),
        median(run.time_us(0.5) for run in runs),
        median(run.time_us(0.99) for run in runs),
    )


def measured(pids: Sequence[int], act: Callable[[], tuple[int, list[float]]]) -> Run:
    """What it cost these processes, with their descendants, that something was done; it says how often it was."""
    before, began = sum(map(cpu_seconds, pids)), time.perf_counter()
    requests, times = act()
    took = time.perf_counter() - began
    return Run(requests, took, sum(map(cpu_seconds, pids)) - before, times)
