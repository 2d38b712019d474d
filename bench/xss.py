"""Whether any known attack runs in a real browser after cleaning. Run: python bench/xss.py [FILE.jsonl]

Each payload goes through `sanitize` (as a comment) and `clean_html` (as an import), and each result into a page twice:
as innerHTML and as part of the page's own HTML. Counted are: dialogs, script-src violations of a report-only policy,
elements, attributes and link schemes outside the lists, before and after one more serialisation, and broken boxes.
"""

import html
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moderation.text.allowed import ATTRIBUTES, LINK_REL, TAGS
from moderation.text.sanitize import SANITISER, MarkupError, clean_html, sanitize

BATCH = 200
ORIGIN = "http://bench.example/"
DEFAULT_FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "xss" / "dev.jsonl"
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
# If these do not count, nothing that follows proves anything.
CONTROLS = ["<img src=x onerror=alert(1)>", "<a href='javascript:alert(2)'>x</a>", "<b id=x style='color:red'>x</b>"]

HOOKS = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print"])
  window[name] = (...all) => { window.__ran.push(name + " " + all.join()); };
document.addEventListener("securitypolicyviolation", event => {
  if (event.effectiveDirective.startsWith("script-src")) window.__ran.push("csp " + event.sample + event.blockedURI);
});
addEventListener("click", event => {
  const link = event.target.closest && event.target.closest("a[href]");
  if (link && /^(https?|mailto):$/.test(link.protocol)) event.preventDefault();
}, true);
"""

EXAMINE = """
async ({rules, fresh}) => {
  if (fresh) {
    document.body.textContent = "";
    for (const markup of fresh) {
      const box = document.createElement("div");
      box.className = "case";
      document.body.append(box);
      box.innerHTML = markup;
    }
  }
  const faults = [];
  const look = (box, when) => {
    for (const element of box.querySelectorAll("*")) {
      const tag = element.localName;
      if (element.namespaceURI !== "http://www.w3.org/1999/xhtml" || !rules.tags.includes(tag))
        faults.push(when + " element " + tag);
      for (const {name, value} of element.attributes) {
        if (tag === "a" && name === "rel" && value === rules.rel) continue;
        if (!(rules.attributes[tag] || []).includes(name)) faults.push(when + " attribute " + tag + " " + name);
        else if (name === "href" && !/^(https?|mailto):$/.test(element.protocol))
          faults.push(when + " href " + value);
      }
      if (tag === "a" && element.rel !== rules.rel) faults.push(when + " rel " + element.rel);
    }
  };
  const boxes = [...document.querySelectorAll("body > div.case")];
  for (const box of boxes) {
    look(box, "first");
    const again = document.createElement("div");
    document.body.append(again);
    again.innerHTML = box.innerHTML;
    look(again, "again");
  }
  const kinds = ["load", "error", "mouseover", "mouseenter", "pointerdown", "keydown", "focus", "toggle",
                 "animationstart", "transitionend", "wheel", "copy", "paste", "scroll"];
  for (const element of document.querySelectorAll("div *")) {
    for (const kind of kinds) element.dispatchEvent(new Event(kind, {bubbles: false}));
    if (element.click) element.click();
    if (element.focus) element.focus();
  }
  await new Promise(resolve => setTimeout(resolve, 150));
  return {boxes: boxes.length, faults, ran: window.__ran};
}
"""


def batches(items: list[str]) -> Iterator[list[str]]:
    """`items` in pieces of `BATCH`."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def examine(page: Page, markups: list[str], insertion: str) -> tuple[int, list[str]]:
    """Put the markups into a page, provoke them, and return how many things ran and what was not on the lists."""
    boxes = "".join(f'<div class="case">{markup}</div>\n' for markup in markups) if insertion == "page" else ""
    document = f"<!doctype html><meta charset=utf-8><title>cases</title><body>\n{boxes}</body>"

    def answer(route: Route) -> None:
        if route.request.url == ORIGIN:
            headers = {"Content-Security-Policy-Report-Only": "script-src 'none'"}
            route.fulfill(body=document, content_type="text/html; charset=utf-8", headers=headers)
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(ORIGIN, wait_until="load")
    rules = {"tags": sorted(TAGS), "attributes": {k: sorted(v) for k, v in ATTRIBUTES.items()}, "rel": LINK_REL}
    seen: dict[str, Any] = page.evaluate(EXAMINE, {"rules": rules, "fresh": markups if insertion != "page" else None})
    page.unroute("**/*")
    faults = list(seen["faults"])
    if seen["boxes"] != len(markups):
        faults.append(f"{seen['boxes']} boxes for {len(markups)} comments")
    return len(seen["ran"]), faults


def cleaned(payloads: list[str]) -> tuple[dict[str, list[str]], int]:
    """Every payload as a comment and as an import, and how many the limits refused as comments."""
    comments, refused = [], 0
    for payload in payloads:
        try:
            comments.append(sanitize(payload).html)
        except MarkupError:
            refused += 1
    return {"comment": comments, "import": [clean_html(payload) for payload in payloads]}, refused


def main() -> int:
    """Print one line for each way and insertion; the exit status says whether all of them are clean."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FILE
    payloads = [json.loads(line)["payload"] for line in file.read_text("utf-8").splitlines() if line]
    ways, refused = cleaned(payloads)
    print(f"{len(payloads)} payloads, {refused} refused as comments by the limits; {SANITISER}")
    bad = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()
        page.add_init_script(HOOKS)
        for insertion in ("innerHTML", "page"):
            ran, faults = examine(page, CONTROLS, insertion)
            print(f"control {insertion}: {ran} ran, {len(faults)} off the lists (both must be above 0)")
            bad += ran == 0 or not faults
        for way, markups in ways.items():
            for insertion in ("innerHTML", "page"):
                total, kinds = 0, Counter[str]()
                for batch in batches(markups):
                    ran, faults = examine(page, batch, insertion)
                    total += ran
                    kinds.update(faults)
                bad += total + kinds.total()
                print(f"{way} by {insertion}: {len(markups)} inserted, {total} ran, {kinds.total()} off the lists")
                for kind, count in kinds.most_common(5):
                    print(f"    {count} × {html.escape(kind)}")
        browser.close()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
