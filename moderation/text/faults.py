"""What is wrong with something typed, as a sentence that can be said in any language."""

from __future__ import annotations


class Fault(ValueError):
    """Something typed that cannot be taken. Its text is a sentence that names the fault and the way out.

    `str()` is English, for commands and logs. `problems.said` says it in the reader's language: for that the sentence is
    kept beside the values of its places, of which one may be a fault again. The name of each kind stands in `babel.cfg`,
    so that the sentences given to it are collected for translators.
    """

    def __init__(self, sentence: str, **values: str | int | Fault) -> None:
        super().__init__(sentence % values)
        self.sentence = sentence
        self.values = values
