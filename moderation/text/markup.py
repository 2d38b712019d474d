"""The small Markdown that readers write, turned into HTML for the sanitiser.

Paragraphs with their line breaks, emphasis, code, quotes, lists, links and bare addresses. What would make typed text
vanish is off: headings, rules, tables, images, reference definitions and indented code stay as they were typed.
Raw HTML passes only as a well-formed tag of `TAGS`; every other `<` is text from here on.
"""

import re
from collections.abc import Callable, MutableMapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, fence, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from moderation.text.allowed import TAGS
from moderation.text.urls import URL_LENGTH, is_safe_address

if TYPE_CHECKING:
    from markdown_it.ruler import RuleOptionsType

BLOCK_NESTING = 8
"""Deepest nesting of quotes and lists (a list counts two); deeper markers stay text."""

_UNPAIRED = frozenset({"br", "p", "li"})
_ESCAPABLE = frozenset("\\`*_[]()<>!&")
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
# No attribute of the allowed elements stands without a value: `x <b and c> y` is a comparison, not a tag.
_BARE_ATTRIBUTE = re.compile(r"""\s[^\s=>"'/]+(?=\s+[^\s=]|\s*/?>)""")
_QUOTED = re.compile(r"""\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+)""")
_ANY_LESS_THAN = re.compile(HTML_TAG_RE.pattern + "|<")
_LIST_START = re.compile(r"(?:[-*]|1[.)])[ \t]+\S")
_SIBLING = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]|\Z)")
_RULE = re.compile(r"([-*])[ \t]*(?:\1[ \t]*){2,}\Z")
_FENCE_START = re.compile(r"(?:`{3,}|~{3,})[ \t]*[\w+#.-]{0,30}[ \t]*\Z")
_EMOTICON = re.compile(r">(?:[_.]+<|[:;][-']?\S(?:\s|\Z))")
_SCHEME_BEFORE = re.compile(r"(?<![A-Za-z0-9])(https?)\Z", re.IGNORECASE)
_PRE_OPEN = re.compile(r"<pre(?:\s[^<>]*)?>", re.IGNORECASE)

_Env = MutableMapping[str, Any]
_BlockRule = Callable[[StateBlock, int, int, bool], bool]


def render(source: str) -> tuple[str, set[str]]:
    """Return HTML that is not yet safe, and the lower-case names of the tags that were taken as text."""
    opened, closed = set[str](), set[str]()
    for tag in re.finditer(r"<(/?)([A-Za-z]+)", source):
        (closed if tag[1] else opened).add(tag[2].lower())
    env: _Env = {"refused": set[str](), "paired": (opened & closed) | _UNPAIRED}
    html: str = _MARKDOWN.render(source, env)
    return html, env["refused"]


def _is_markup(tag: str, env: _Env) -> bool:
    """Tell whether text that has the shape of a tag is meant as one, and is one of ours."""
    named = _TAG_NAME.match(tag)
    if named is None:
        return False
    name = named[1].lower()
    if name not in TAGS:
        env["refused"].add(name)
        return False
    return name in env["paired"] and _BARE_ATTRIBUTE.search(_QUOTED.sub("=", tag)) is None


def _html_inline(state: StateInline, silent: bool) -> bool:
    start = state.src[state.pos : state.pos + 2]
    # A tag without an end in sight would be searched for again at every `<`: quadratic.
    if not start.startswith("<") or state.html_terminator_last(">") < state.pos + 2:
        return False
    match = HTML_TAG_RE.match(state.src, state.pos) if start[1] == "/" or start[1].isalpha() else None
    if match is None or match.end() > state.posMax:
        return False
    if not silent:
        if _is_markup(match[0], state.env):
            state.push("html_inline", "", 0).content = match[0]
            state.linkLevel += _link_step(match[0])
        else:
            state.append_pending(match[0])
    state.pos = match.end()
    return True


def _link_step(tag: str) -> int:
    if re.match(r"<a[\s>]", tag, re.IGNORECASE):
        return 1
    return -1 if re.match(r"</a[\s>]", tag, re.IGNORECASE) else 0


def address_around(text: str, mark: int, end: int) -> tuple[int, str, str] | None:
    """The bare http(s) address whose `://` is at `mark`, in a text up to `end`: where it begins, as typed, and as an `href`.

    The library's rule searches all text before and after each `://`: quadratic. This one looks at a bounded piece.
    """
    scheme = _SCHEME_BEFORE.search(text, max(mark - 6, 0), mark)
    if scheme is None:
        return None
    begin = scheme.start(1)
    found = _LINKIFY.match_at_start(text[begin : min(end, begin + URL_LENGTH + 1)])
    # A star at the end closes emphasis more often than it belongs to the address.
    typed = found.url.rstrip("*") if found else ""
    href = _normalize_link(typed)
    return (begin, typed, href) if typed and is_safe_address(href) else None


def _bare_address(state: StateInline, silent: bool) -> bool:
    """An http(s) address on its own becomes a link."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    found = address_around(state.src, state.pos, state.posMax)
    if found is None:
        return False
    begin, typed, href = found
    scheme = state.src[begin : state.pos]
    if not state.pending.endswith(scheme):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme)]
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.push("text", "", 0).content = typed
        state.push("link_close", "a", -1)
    state.pos = begin + len(typed)
    return True


def _escape(state: StateInline, silent: bool) -> bool:
    """Backslash before a mark of ours takes its meaning away; before anything else it is a backslash."""
    following = state.src[state.pos + 1 : min(state.pos + 2, state.posMax)]
    if state.src[state.pos] != "\\" or not following or following not in _ESCAPABLE:
        return False
    # The shrug ¯\_(ツ)_/¯ keeps its arm.
    shrug = state.src[state.pos - 1 : state.pos] == "¯"
    if not silent:
        state.append_pending(f"\\{following}" if shrug else following)
    state.pos += 2
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _only_where(rule: _BlockRule, applies: Callable[[StateBlock, int, int], bool]) -> _BlockRule:
    def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        # Past its nesting limit the parser drops the rest of the text; ours stops before.
        return state.level < BLOCK_NESTING and applies(state, start, end) and rule(state, start, end, silent)

    return guarded


def _is_list(state: StateBlock, start: int, end: int) -> bool:
    """A list starts with `-`, `*` or `1.`: the number of any other (a year, say) would be lost."""
    del end
    line = _line(state, start)
    if state.sCount[start] < state.blkIndent:
        # Seen from inside an item this line is outdented: the next item, whatever its number.
        return _SIBLING.match(line) is not None
    return _LIST_START.match(line) is not None and _RULE.match(line) is None


def _is_quote(state: StateBlock, start: int, end: int) -> bool:
    del end
    return _EMOTICON.match(_line(state, start)) is None


def _is_fence(state: StateBlock, start: int, end: int) -> bool:
    """A fence names a language at most: anything else after it would be lost."""
    return start + 1 < end and _FENCE_START.match(_line(state, start)) is not None


def _pre(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<pre>` to `</pre>`: the lines between keep their shape and are no Markdown."""
    if _PRE_OPEN.match(_line(state, start)) is None or "pre" not in state.env["paired"]:
        return False
    last = next((n for n in range(start, end) if "</pre" in _line(state, n).lower()), None)
    if last is None:
        return False
    if silent:
        return True
    state.line = last + 1
    token = state.push("html_block", "", 0)
    token.map = [start, state.line]
    raw = state.getLines(start, state.line, state.blkIndent, True)
    token.content = _ANY_LESS_THAN.sub(lambda m: m[0] if _is_markup(m[0], state.env) else escape(m[0]), raw)
    return True


def _render_fence(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    # The default adds the language as a class, which the sanitiser would report as an attempt.
    return f"<pre><code>{escape(tokens[index].content)}</code></pre>\n"


def _normalize_link(url: str) -> str:
    return normalizeLink(url).replace("'", "%27")


def _build() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": True, "breaks": True, "maxNesting": 20})
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    markdown.block.ruler.at("list", _only_where(list_block, _is_list), {"alt": ["paragraph", "blockquote"]})
    markdown.block.ruler.at("blockquote", _only_where(blockquote, _is_quote), interrupts)
    markdown.block.ruler.at("fence", _only_where(fence, _is_fence), interrupts)
    markdown.block.ruler.at("html_block", _pre, interrupts)
    markdown.inline.ruler.at("html_inline", _html_inline)
    markdown.inline.ruler.at("escape", _escape)
    markdown.inline.ruler.at("linkify", _bare_address)
    # Only here: the rule of the same name in the core chain would link what this one refused.
    markdown.inline.ruler.enable("linkify")
    markdown.enable(["list", "blockquote", "fence", "html_block", "html_inline", "escape", "newline"])
    markdown.enable(["backticks", "emphasis", "link", "autolink", "entity"])
    markdown.add_render_rule("fence", _render_fence)
    # The library decodes addresses for display, which lets hidden characters back in: show them as typed.
    replaced = {"validateLink": is_safe_address, "normalizeLink": _normalize_link, "normalizeLinkText": str}
    for method, function in replaced.items():
        # Instance attributes are the library's documented way; mypy would see methods assigned to.
        setattr(markdown, method, function)
    return markdown


# Readers write dots without a space after them: only an address with its scheme is taken for a link.
_LINKIFY = LinkifyIt({}, {"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
# Parsing keeps its state in the call, so that one parser serves all threads.
_MARKDOWN = _build()
