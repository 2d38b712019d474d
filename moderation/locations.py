"""Where the files are that travel with the code: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _find(name: str) -> Path:
    packed = _PACKAGE / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


TEMPLATES = _find("templates")
MIGRATIONS = _find("migrations")
TRANSLATIONS = _PACKAGE / "translations"
STATIC = _PACKAGE / "static"
