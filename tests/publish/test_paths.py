"""Whatever a page is called, its file has a name that every file system takes, below the folder, and its own."""

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.publish.paths import stem_of

segments = st.one_of(
    st.sampled_from(
        ["", ".", "..", "a", "A", "con", "nul.txt", "com1", "a.", "a ", "-a", "comments", "index", "x.html"]
    ),
    st.sampled_from(["index.json", "b.part", ".moderation-publish", "_", "%2e%2e", "c:", "a\\b", "é", "e\u0301", "~"]),
    st.text(max_size=8),
)
keys = st.one_of(st.text(max_size=500), st.lists(segments, max_size=6).map("/".join), st.lists(segments).map("/".join))

# What Windows keeps for devices, with any suffix (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


@pytest.mark.parametrize(
    ("key", "stem"),
    [
        ("/", "comments"),
        ("/2019/01/talks/", "2019/01/talks/comments"),
        ("/2019/01/talks", "2019/01/talks"),
        ("/2019/01/talks.html", "2019/01/talks.html"),
        ("/2019/01/18/a_b-c.d/", "2019/01/18/a_b-c.d/comments"),
    ],
)
def test_a_plain_path_is_its_own_name(key: str, stem: str) -> None:
    assert stem_of(key) == stem


@pytest.mark.parametrize(
    "key",
    [
        *[
            "post-17",
            "/About/",
            "/../etc/passwd",
            "/a//b/",
            "/.git/config",
            "/con",
            "/aux.c/",
            "/a./",
            "/index",
            "/a/comments",
            "/a.html/b",
        ],
        *["/a.json/", "/%D8%A7/", "/اردو/", "/a?p=1", "C:\\x", "//host/a", "/a/~b"],
        *("/" + "a/" * 100, "/" + "a" * 90, "\0", "/a\n", " ", "/a b/"),
    ],
)
def test_anything_else_is_hashed_into_a_folder_of_its_own(key: str) -> None:
    assert re.fullmatch(r"_/[a-z0-9-]{1,40}-[0-9a-f]{32}", stem_of(key))


@given(key=keys, suffix=st.sampled_from(["html", "json", "html.part"]))
def test_no_key_leads_out_of_the_folder_or_to_a_name_that_some_system_keeps(key: str, suffix: str) -> None:
    name = f"{stem_of(key)}.{suffix}"
    assert re.fullmatch(r"[a-z0-9._/-]+", name)
    assert len(name) <= 200
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        assert not path.is_absolute()
        assert not path.drive
        assert ".." not in path.parts
    for part in name.split("/"):
        assert part
        assert part.partition(".")[0] not in DEVICES
        assert not part.startswith((".", "-"))
        assert not part.endswith((".", " "))
    assert name != "index.json"


@given(many=st.lists(keys, unique=True, max_size=8))
def test_no_two_pages_share_a_file_and_no_file_stands_where_a_folder_must(many: list[str]) -> None:
    files = {f"{stem_of(key)}.{suffix}" for key in many for suffix in ("html", "json", "html.part", "json.part")}
    assert len({name.casefold() for name in files}) == 4 * len(many)
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    assert not folders & files
