"""Comments to post: so many authors, addresses and texts as one likes, always the same ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import moderation.cli

_SHIPPED = Path(moderation.cli.__file__).with_name("demo_comments.json")
_WORDS_IN_SENTENCE = 12


def _vocabulary() -> list[str]:
    """The words of the demo's comments, each as often as it stands there."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                collect(each)
        elif isinstance(value, str):
            found.extend(word for word in value.split() if word.isascii() and word.isalpha())

    collect(json.loads(_SHIPPED.read_text(encoding="utf-8")))
    return found


def comments(seed: int = 0, characters: int = 400) -> Iterator[dict[str, str]]:
    """Comments of about so many characters in two paragraphs, every fifth with a link and every third with a website.

    Their words stand in random order, so that no two share a run of words: readers do not write what others wrote.
    """
    random = Random(seed)
    words = _vocabulary()
    number = 0
    while True:
        number += 1
        name = f"{random.choice(words).title()} {random.choice(words).title()}"
        sentences: list[str] = []
        while sum(map(len, sentences)) < characters:
            sentences.append(" ".join(random.choices(words, k=_WORDS_IN_SENTENCE)).capitalize() + ".")
        half = len(sentences) // 2
        text = " ".join(sentences[:half]) + "\n\n" + " ".join(sentences[half:])
        if number % 5 == 0:
            text += f" See https://news{random.randrange(1000)}.example/{number}."
        yield {
            "author": name,
            "email": f"reader{seed}.{number}@example.com",
            "url": f"https://site{random.randrange(10_000)}.example/" if number % 3 == 0 else "",
            "comment": text,
        }


def address(random: Random) -> str:
    """A public address, for a proxy to name."""
    return f"81.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
