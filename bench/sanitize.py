"""How long the sanitiser takes on shapes made to be slow. Run: python bench/sanitize.py"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moderation.text.markup import render
from moderation.text.sanitize import MarkupError, clean_html, sanitize

LENGTH = 10_000
"""The most characters a comment may have."""

UNITS = Path(__file__).resolve().parent.parent / "tests" / "text" / "data" / "slow.json"
"""Pieces to repeat; a new one needs a line there."""

ENVELOPES = {
    "open-close em": "<em>" * 99 + "x" * 9000 + "</em>" * 99,
    "open-close a": '<a href="http://a.b">' * 99 + "x</a>" * 99,
    "nested lists by indent": "".join(" " * (2 * depth) + "- a\n" for depth in range(95)),
    "quotes of every depth": "".join(">" * depth + " a\n" for depth in range(135)),
    "backticks of every length": "".join("`" * n + " " for n in range(1, 138)),
    "stars of every length": "".join("*" * n + "a" for n in range(1, 138)),
    "brackets closed": "[" * 5000 + "]" * 5000,
    "links closed": "[" * 2400 + "](http://a.b)" * 550,
    "one address": "http://" + "a." * 4900 + "com",
    "one long word then ://": "a" * 9990 + "://",
    "stars then spaces": "*" * 5000 + " " * 5000,
    "underscores both ways": "_a " * 1600 + "a_ " * 1700,
    "many closers": "</b>" * 199 + "x" * 9000,
    "pre with angle brackets": "<pre>\n" + "<" * 9900 + "\n</pre>",
    "attributes": "<a " + "b='c' " * 1600 + ">x</a>",
    "bare attributes": "<a " + "b " * 4900 + ">x</a>",
    "spaces in a tag": "<a" + " " * 9900 + ">x</a>",
    "long quoted value": '<a title="' + "=" * 9900 + '">x</a>',
}


def shapes() -> dict[str, str]:
    """Every shape by name, each of at most `LENGTH` characters."""
    table = {}
    for unit in json.loads(UNITS.read_text("utf-8")):
        table[repr(unit)] = (unit * LENGTH)[:LENGTH]
        limited = (unit * 150)[:LENGTH]
        if len(limited) < LENGTH:
            table[f"{unit!r} ×150"] = limited
            table[f"{unit!r} ×150, padded"] = limited + "x" * (LENGTH - len(limited))
    return table | {name: text[:LENGTH] for name, text in ENVELOPES.items()}


def measure(text: str) -> tuple[float, str]:
    """Milliseconds for one comment, and what became of it."""
    start = time.perf_counter()
    try:
        outcome = f"{len(sanitize(text).html)} characters"
    except MarkupError:
        outcome = "refused"
    return (time.perf_counter() - start) * 1000, outcome


def main() -> None:
    """Print the table, slowest shape first."""
    sanitize("warm *up*")
    rows = sorted(((*measure(text), name) for name, text in shapes().items()), reverse=True)
    print(f"{'ms':>8}  {'outcome':<20} shape")
    for milliseconds, outcome, name in rows:
        print(f"{milliseconds:8.1f}  {outcome:<20} {name}")
    typical = "I read this *twice*.\n\n> a quoted line\n\nThen I looked at http://example.com/a_b and agreed. " * 5
    rounds = 100
    for name, step in (("sanitize", sanitize), ("render", render), ("clean_html", clean_html)):
        start = time.perf_counter()
        for _ in range(rounds):
            step(typical)
        print(f"{(time.perf_counter() - start) * 1000 / rounds:8.2f}  {name} of an ordinary comment")


if __name__ == "__main__":
    main()
