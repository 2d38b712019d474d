"""Post files of real comments through HTTP into a fresh service, approve the ham, and read back what is public.

    python -m bench.post ../shared/data/spam/dev/*.jsonl

Each line has `author, email, url, text, thread, source, label`. A missing name or address is filled in, because the form
requires both. Told for each file: the answers by status. Then checked: every accepted comment is in the queue with a
verdict, and the public JSON serves the approved ones, all of them and nothing else. Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bench.service import SITE, Client, service

_PER_PAGE = 200  # comments on one page of the bench's site
_BATCH = 500


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The comments of one file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def post(client: Client, path: Path, accepted: dict[int, tuple[str, str]]) -> Counter[str]:
    """Post one file; notes page and label of each accepted comment by its number, and counts the answers."""
    answers: Counter[str] = Counter()
    for number, row in enumerate(rows(path)):
        page = f"/{path.stem}/{number // _PER_PAGE}/"
        _status, form = client.ask("GET", f"/v1/sites/{SITE}/form?page={quote(page)}")
        body = {
            "page": page,
            "author": row.get("author") or "A reader",
            "email": row.get("email") or f"reader-{path.stem.replace('_', '-')}-{number}@example.org",
            "url": row.get("url") or "",
            "comment": row.get("text") or "",
            "token": form["token"],
        }
        status, answer = client.ask("POST", f"/v1/sites/{SITE}/comments", body)
        if status in (201, 202):
            accepted[answer["id"]] = (page, row["label"])
            answers[str(status)] += 1
        else:
            answers[" ".join([str(status), *sorted(answer.get("errors", {}))])] += 1
    return answers


def queue(client: Client) -> dict[int, dict[str, Any]]:
    """Every comment of the site as the moderation API lists it."""
    found: dict[int, dict[str, Any]] = {}
    for status in ("pending", "approved", "spam", "trash"):
        cursor = ""
        while True:
            asked = {"site": SITE, "status": status, "limit": 100} | ({"cursor": cursor} if cursor else {})
            listed = client.moderate("GET", "/v1/moderation/comments?" + urlencode(asked))
            found |= {comment["id"]: comment for comment in listed["comments"]}
            cursor = listed["next"]
            if not cursor:
                break
    return found


def public(client: Client, page: str) -> set[int]:
    """The numbers of all comments that a host reads on a page."""
    found: set[int] = set()
    cursor = ""
    while True:
        asked = {"page": page, "limit": 100} | ({"cursor": cursor} if cursor else {})
        _status, listed = client.ask("GET", f"/v1/sites/{SITE}/comments?" + urlencode(asked))
        found |= {comment["id"] for comment in listed["comments"]}
        cursor = listed["next"]
        if not cursor:
            return found


def check(client: Client, accepted: dict[int, tuple[str, str]]) -> list[str]:
    """Approve the ham and compare queue and public JSON with what was accepted; the differences, as sentences."""
    faults = []
    listed = queue(client)
    if listed.keys() != accepted.keys():
        faults.append(f"accepted {len(accepted)}, in the queue {len(listed)}")
    unjudged = [
        number for number, comment in listed.items() if not comment["verdict"] or not comment["verdict"]["signals"]
    ]
    if unjudged:
        faults.append(f"{len(unjudged)} without a verdict")
    ham = [number for number, (_page, label) in accepted.items() if label == "ham"]
    for start in range(0, len(ham), _BATCH):
        order = {"ids": ham[start : start + _BATCH], "decision": "approve"}
        done = client.moderate("POST", "/v1/moderation/decisions", order)
        if len(done["decided"]) + len(done["unchanged"]) != len(order["ids"]):
            faults.append(f"not all approved: {done}")
    pages: dict[str, set[int]] = defaultdict(set)
    for number, (page, label) in accepted.items():
        pages[page] |= {number} if label == "ham" else set()
    served = {page: public(client, page) for page in pages}
    wrong = [page for page in pages if served[page] != pages[page]]
    faults += [f"{page} serves {len(served[page])} instead of {len(pages[page])}" for page in wrong]
    held = Counter((accepted[number][1], comment["status"]) for number, comment in listed.items() if number in accepted)
    print(
        "Judged on arrival: "
        + ", ".join(f"{count} {label} as {status}" for (label, status), count in sorted(held.items()))
    )
    print(f"Approved {len(ham)} ham; {len(pages)} pages serve {sum(map(len, served.values()))} comments.")
    return faults


def main() -> int:
    """Run over the files of the command line."""
    parser = argparse.ArgumentParser(description="Post files of comments into a fresh service.")
    parser.add_argument("files", nargs="+", type=Path)
    accepted: dict[int, tuple[str, str]] = {}
    total: Counter[str] = Counter()
    with service() as client:
        for path in parser.parse_args().files:
            answers = post(client, path, accepted)
            total += answers
            print(f"{path.name:36} {dict(answers)}", flush=True)
        print(f"All: {dict(total)}")
        faults = check(client, accepted)
    faults += [f"answered {status}" for status in total if status.startswith("5")]
    print(
        "\n".join(faults) or "Everything accepted is in the queue with a verdict; public is the ham and nothing else."
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
