"""The documentation names only what is there: commands, files, addresses."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from moderation.cli import cli

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def code(text: str) -> str:
    """What stands in code blocks and code spans."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    for line in code(page.read_text()).splitlines():
        found = re.match(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?moderation ([a-z]+)(?: ([a-z]+))?", line.strip())
        if found is None:
            continue
        command = cli.get_command(click.Context(cli), found[1])
        assert command is not None, line
        if isinstance(command, click.Group) and found[2]:
            assert found[2] in command.commands, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", code(page.read_text()), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_address_that_is_named_is_served(shared_app: Flask, page: Path) -> None:
    adapter = shared_app.url_map.bind("comments.example")
    for path in re.findall(r"https?://(?:comments\.example|localhost:8000)(/[^\s'\"?#`)]*)", page.read_text()):
        assert adapter.allowed_methods(path.replace("{site}", "demo").replace("…", "x")), path
