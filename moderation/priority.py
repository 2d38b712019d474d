"""Work that stands back: it gets the time of the processors that readers of the same service leave."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_NICE = 5
_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def stand_back() -> None:
    """Let this process run after the others of the service, where they do not leave time for all.

    Linux can make it yield at once and altogether (SCHED_IDLE of sched(7)). That is asked for only where the kernel weighs
    the service as one against other programs, so that it does not yield to those; else the process is a little nicer.
    """
    try:
        alone = sys.platform == "linux" and _is_in_own_session(_PROC)
        alone = alone and is_weighed_alone(_PROC, _CGROUPS, _parent(_PROC, os.getsid(0)))
    except (OSError, ValueError):
        alone = False
    with suppress(OSError):
        if alone:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.nice(_NICE)


def _is_in_own_session(proc: Path) -> bool:
    """Whether `moderation serve` began the session, for this process, the one that began it, or the one above."""
    return os.getsid(0) in _line(proc, os.getpid())[:3]


def is_weighed_alone(proc: Path, cgroups: Path, service: int) -> bool:
    """Whether Linux shares out the processors between this service, a process and what it began, and others as wholes.

    It does by control groups, if nobody else is in ours but those who began the service and now wait for its end; and where
    there are none by sessions (`autogroup` of sched(7)). `OSError` where that cannot be read.
    """
    for line in (proc / "self/cgroup").read_text().splitlines():
        _number, controllers, name = line.split(":", 2)
        if "cpu" in controllers.split(",") and name != "/":
            return _is_all_of(proc, cgroups / "cpu" / name.strip("/"), service)
        if not controllers:
            own = cgroups / name.strip("/")
            for group in (own, *own.parents):
                if group.is_relative_to(cgroups) and (group / "cpu.weight").exists():
                    return group == own and _is_all_of(proc, own, service)
    return (proc / "sys/kernel/sched_autogroup_enabled").read_text().strip() == "1"


def _is_all_of(proc: Path, group: Path, service: int) -> bool:
    above = _line(proc, service)
    members = map(int, (group / "cgroup.procs").read_text().split())
    return all(member in above or service in _line(proc, member) for member in members)


def _line(proc: Path, process: int) -> list[int]:
    """A process, the one that began it, and so on to the first."""
    line = [process]
    while line[-1] > 1:
        line.append(_parent(proc, line[-1]))
    return line


def _parent(proc: Path, process: int) -> int:
    # The name of the program, in brackets, may hold anything.
    return int((proc / str(process) / "stat").read_bytes().rpartition(b")")[2].split()[1])
