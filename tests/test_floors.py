"""The walls of the house: who may import whom, and how large a file may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "moderation"

ROOMS = {"intake", "review", "publish", "notify", "transfer", "privacy", "ops"}
PURE = {"text", "spam"}
# Ground first; a module imports from its own floor or below. Where rooms stand, see `ROOMS`: never each other.
FLOORS: list[set[str]] = [
    {"text", "spam", "settings", "problems", "locations", "strings", "keys", "mailserver", "spoken"},
    {"wsgi", "parent", "priority", "turns", "parameters"},
    {"bodies", "backend"},
    {"models", "network"},
    {"extensions"},
    {"database", "schema", "private_link", "outbox", "purges", "rates"},
    {"learning", "subscriptions"},
    {"lifecycle", "answers", "link_pages"},
    ROOMS,
    {"app"},
    {"cli"},
    {"__main__"},
]
LARGEST_FILE = 400
LARGEST_FUNCTION = 60


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All that stands in a file, as Python reads it."""
    return list(ast.walk(ast.parse(path.read_text())))


def part(path: Path) -> str:
    """The part of the house that a file belongs to: `intake`, `settings`…; "" for the package itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py") if first != "__init__.py" else ""


def imported(path: Path) -> Iterator[str]:
    """The parts of the package, and the top-level packages from elsewhere, that a file imports anywhere in it."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "moderation"
                else [node.module]
            )
        else:
            continue
        for name in names:
            yield name.split(".")[1] if name.startswith("moderation.") else name.split(".")[0]


def floor(name: str) -> int:
    for height, names in enumerate(FLOORS):
        if name in names:
            return height
    raise AssertionError(f"{name} stands on no floor; give it one in tests/test_floors.py")


def parts() -> set[str]:
    return {part(path) for path in modules()} - {""}


def test_the_package_itself_holds_the_version_and_nothing_else() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_its_own_floor_or_below(path: Path) -> None:
    own = part(path)
    for other in imported(path):
        if not own or other not in parts() or other == own:
            continue
        assert not (own in ROOMS and other in ROOMS), f"the room {own} knows the room {other}"
        assert floor(other) <= floor(own), f"{own} reaches up to {other}"


@pytest.mark.parametrize("pure", sorted(PURE))
def test_the_pure_rooms_import_nothing_of_the_web_or_the_database(pure: str) -> None:
    for path in (PACKAGE / pure).rglob("*.py"):
        forbidden = {"flask", "sqlalchemy", "werkzeug", "flask_babel", "wtforms"} & set(imported(path))
        assert not forbidden, f"{path} imports {forbidden}"
        assert not (set(imported(path)) & parts()) - PURE, f"{path} reaches into the house"


def test_a_start_does_not_wait_for_what_only_a_comment_needs(tmp_path: Path) -> None:
    late = {"alembic", "bleach", "markdown_it", "email_validator", "dns"}
    words = f"import sys, moderation.cli.generation as g; g.create_app(); print(*{late!r} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", words], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [], "loaded before the first answer"


def test_parts_on_one_floor_do_not_import_each_other_in_a_circle() -> None:
    known = parts()
    edges = {
        own: {other for path in modules() if part(path) == own for other in imported(path)} & known - {own}
        for own in known
    }
    while True:
        free = [name for name, others in edges.items() if not others & edges.keys()]
        if not free:
            break
        for name in free:
            del edges[name]
    assert not edges, f"these import each other in a circle: {edges}"


def test_files_inside_a_part_do_not_import_each_other_in_a_circle() -> None:
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in modules()
    }
    edges: dict[str, set[str]] = {}
    for name, path in names.items():
        found = set()
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        # A package's own files are imported through it; that alone is no circle.
        edges[name] = {other for other in found & names.keys() if other != name and not name.startswith(f"{other}.")}
    while free := [name for name, others in edges.items() if not others & edges.keys()]:
        for name in free:
            del edges[name]
    assert not edges, f"these import each other in a circle: {edges}"


def test_scoring_runs_where_flask_and_sqlalchemy_cannot_be_imported() -> None:
    program = (
        "import sys\n"
        "for name in ('flask', 'sqlalchemy', 'werkzeug', 'flask_sqlalchemy'): sys.modules[name] = None\n"
        "from moderation.spam import Submission, score\n"
        "from moderation.text.sanitize import sanitize\n"
        "print(score(Submission(author='A', email='', url='', text='Hello')).probability < 1, sanitize('*x*').html)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True <p><em>x</em></p>")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_and_its_functions_are_read_in_one_sitting(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= LARGEST_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LARGEST_FUNCTION, f"{node.name} is too long"


def test_tests_and_measurements_are_read_in_one_sitting() -> None:
    for path in (*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LARGEST_FILE, path


@pytest.mark.parametrize("kind", ["*.js", "*.css"])
def test_scripts_and_styles_are_read_in_one_sitting(kind: str) -> None:
    for path in (PACKAGE / "static").glob(kind):
        assert len(path.read_text().splitlines()) <= LARGEST_FILE, path


def test_a_status_is_changed_in_lifecycle_and_nowhere_else() -> None:
    for path in modules():
        if part(path) in {"lifecycle", "models"}:
            continue
        for node in nodes(path):
            if isinstance(node, ast.Assign):
                changed = {target.attr for target in node.targets if isinstance(target, ast.Attribute)}
                assert "status" not in changed, f"{path}:{node.lineno} changes a status"
