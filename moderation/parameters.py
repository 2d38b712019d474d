"""The parameters of an address, taken strictly: what takes one value may be given once, and what is bad is named."""

from __future__ import annotations

import re

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from moderation.problems import Malformed

Parameters = MultiDict[str, str]
_ASCII_NUMBER = re.compile(r"[1-9][0-9]{0,9}\Z")


def parameter(name: str, given: Parameters | None = None) -> str | None:
    """A query parameter that may be given once; None when it is not there. Raises `Malformed` naming it.

    `given` are the parameters, here and below, where they are not the present request's.
    """
    values = (request.args if given is None else given).getlist(name)
    if len(values) > 1:
        raise bad_parameter(name, _("The parameter %(name)s is given more than once. Give it once.", name=name))
    return values[0] if values else None


def required(name: str, given: Parameters | None = None) -> str:
    """A query parameter that has to be there. Raises `Malformed` naming it."""
    value = parameter(name, given)
    if value is None:
        raise bad_parameter(name, _("The parameter %(name)s is missing. Add it to the address.", name=name))
    return value


def choice(name: str, choices: tuple[str, ...], given: Parameters | None = None) -> str:
    """A query parameter that is one of some words, the first unless given. Raises `Malformed` naming it."""
    value = parameter(name, given)
    if value is None:
        return choices[0]
    if value not in choices:
        allowed = ", ".join(choices)
        raise bad_parameter(name, _("The parameter %(name)s may be: %(allowed)s.", name=name, allowed=allowed))
    return value


def whole_number(name: str, default: int, largest: int, given: Parameters | None = None) -> int:
    """A query parameter that is a whole number from 1. Raises `Malformed` naming it."""
    value = parameter(name, given)
    if value is None:
        return default
    if not _ASCII_NUMBER.match(value) or int(value) > largest:
        raise bad_parameter(
            name, _("The parameter %(name)s must be a whole number from 1 to %(largest)s.", name=name, largest=largest)
        )
    return int(value)


def bad_parameter(name: str, sentence: str) -> Malformed:
    """The problem for a query parameter that cannot be used."""
    return Malformed(sentence, errors={name: [sentence]})
