"""A process that ends with the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def end_with(parent: int) -> None:
    """End this process as soon as the process `parent`, which started it, is gone; at once if it is gone already.

    Linux alone can do it: elsewhere a process whose parent is killed without mercy is left behind.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # Whoever ended before that call has sent nothing.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
