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
    with suppress(OSError):
        if sys.platform == "linux" and is_weighed_alone(_PROC, _CGROUPS):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.nice(_NICE)


def is_weighed_alone(proc: Path, cgroups: Path) -> bool:
    """Whether Linux shares out the processors between this service and others as wholes: by a control group of its own, or,
    where it is in none, by sessions (`autogroup` of sched(7)). `OSError` where that cannot be read."""
    for line in (proc / "self/cgroup").read_text().splitlines():
        _number, controllers, name = line.split(":", 2)
        if "cpu" in controllers.split(",") and name != "/":
            return True
        if not controllers:
            own = cgroups / name.strip("/")
            weighed = [each for each in (own, *own.parents) if each.is_relative_to(cgroups)]
            for each in weighed:
                if (each / "cpu.weight").exists():
                    return each == own
    return (proc / "sys/kernel/sched_autogroup_enabled").read_text().strip() == "1"
