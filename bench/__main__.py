"""Every bench of the service's speed, one after the other, into `docs/performance.md`.

    python -m bench [--quick] [--most 10000000]

Takes about an hour, most of it for the ten million comments; `--quick` tells in some minutes whether all of it runs, and writes
nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from bench.report import ROOT

_BENCHES: tuple[tuple[str, ...], ...] = (
    ("reads",),
    ("growth",),
    ("writes",),
    ("writes", "--postgresql"),
    ("parts",),
    ("peers",),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Every bench, into docs/performance.md.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--most", type=int, default=10_000_000, help="comments in the larger database of `growth`")
    given = parser.parse_args()
    missed = 0
    for name, *more in _BENCHES:
        words = [*more, "--quick"] if given.quick else [*more, "--write"]
        if name == "growth":
            words += ["--most", str(given.most)]
        missed += subprocess.run([sys.executable, "-m", f"bench.{name}", *words], cwd=ROOT, check=False).returncode
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
