"""The `moderation` command in a process of its own, which begins where the modules are loaded already.

A process is made by forking one that has imported all there is and done nothing else. It has its own folder,
environment, streams and exit code, and costs a hundredth of what starting Python and importing costs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

_SECONDS = 180
_herd = multiprocessing.get_context("forkserver")
_herd.set_forkserver_preload(["moderation.cli", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite"])


def run(
    words: tuple[str, ...], folder: Path, environment: dict[str, str], stdin: str, streams: Path
) -> subprocess.CompletedProcess[str]:
    """Run `moderation` with these words; `streams` is a folder for what it reads and says."""
    (streams / "0").write_text(stdin)
    process = _herd.Process(target=_command, args=(words, str(folder), environment, str(streams)))
    process.start()
    process.join(_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise subprocess.TimeoutExpired(words, _SECONDS)
    said, complained = ((streams / name).read_text() for name in "12")
    return subprocess.CompletedProcess(words, process.exitcode, said, complained)


def _command(words: tuple[str, ...], folder: str, environment: dict[str, str], streams: str) -> None:
    for number, how in enumerate((os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_TRUNC] * 2)):
        os.dup2(os.open(f"{streams}/{number}", how, 0o600), number)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", errors="backslashreplace", buffering=1, closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["moderation", *words]
    from moderation.cli import main

    main()
