"""The parameters that WordPress's clients send, read as WordPress reads them: unknown ones are passed over, of one that
is given twice the last counts, a list may be written with commas or as `name[]`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, cast

from werkzeug.datastructures import MultiDict

from moderation.models import LARGEST_ID
from moderation.publish.wordpress.errors import Forbidden, InvalidParameters

Order = Literal["asc", "desc"]
Context = Literal["view", "embed"]

MOST: Final = 10_000
"""How far pages and offsets reach, which an index alone counts off."""
LOOKED: Final = 2_000
"""Among how many comments a filter looks, each of which has to be read."""
MOST_POSTS: Final = 10
_PER_PAGE = 100
_ITEMS = 100
_FAR = 2**53
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?([Zz]|[+ -][0-9]{2}(?::?[0-9]{2})?)?\Z"
)
# Orders that a keyset serves. Comments have their numbers in the order in which they came.
_ORDERS = ("date_gmt", "date", "id", "include")


@dataclass(frozen=True, slots=True)
class View:
    """How much of each comment is asked for; no `fields` are all of them, `embed` names relations."""

    context: Context
    fields: tuple[str, ...]
    embed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Query:
    """Which comments are asked for.

    `posts` are pages by their number or their key, None for all of the site's. `cursor` is the number of the last comment
    of the answer before, which our own links to the next page carry: with it no comment is passed over or counted.
    """

    view: View
    posts: tuple[int | str, ...] | None
    page: int
    per_page: int
    start: int
    order: Order
    by_include: bool
    include: tuple[int, ...] | None
    exclude: tuple[int, ...]
    parent: tuple[int, ...]
    parent_exclude: tuple[int, ...]
    after: datetime | None
    before: datetime | None
    cursor: int | None

    @property
    def filtered(self) -> bool:
        """Whether more than the page decides which comments come, so that no kept count says how many they are."""
        return bool(
            self.include is not None
            or self.exclude
            or self.parent
            or self.parent_exclude
            or self.after is not None
            or self.before is not None
        )


class _Parameters:
    """The values of one request, and what is wrong with them."""

    def __init__(self, values: MultiDict[str, str]) -> None:
        self._values = values
        self.faults: dict[str, tuple[str, str]] = {}

    def all(self, name: str) -> list[str]:
        """Every value of a parameter that may be a list, as PHP takes it: `a=1`, `a[]=1&a[]=2`, `a[0]=1`."""
        many = [value for key, value in self._values.items(multi=True) if key.startswith(f"{name}[")]
        return many or self._values.getlist(name)[-1:]

    def one(self, name: str) -> str | None:
        """The value of a parameter that is no list."""
        values = self._values.getlist(name)
        return values[-1] if values else None

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number between two bounds."""
        value = self.one(name)
        if value is None:
            return default
        if not _INTEGER.match(value):
            self.fault(name, "rest_invalid_type", f"{name} is not of type integer.")
            return default
        if not least <= int(value) <= most:
            said = (
                f"between {least} (inclusive) and {most} (inclusive)"
                if most < _FAR
                else f"greater than or equal to {least}"
            )
            self.fault(name, "rest_out_of_bounds", f"{name} must be {said}")
            return default
        return int(value)

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        items = _items(self.all(name))
        for place, item in enumerate(items):
            if not _INTEGER.match(item):
                self.fault(name, "rest_invalid_type", f"{name}[{place}] is not of type integer.")
                return ()
        if len(items) > _ITEMS:
            self.fault(name, "rest_too_many_items", f"{name} must contain at most {_ITEMS} items.")
            return ()
        return tuple(int(item) for item in items)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of some words, the first unless given."""
        value = self.one(name)
        if value is None:
            return choices[0]
        if value not in choices:
            allowed = f"{', '.join(choices[:-1])}{',' if len(choices) > 2 else ''} and {choices[-1]}"
            self.fault(name, "rest_not_in_enum", f"{name} is not one of {allowed}.")
            return choices[0]
        return value

    def moment(self, name: str) -> datetime | None:
        """A moment in whole seconds; without a zone it is in UTC, as all of this API."""
        value = self.one(name)
        if value is None:
            return None
        match = _MOMENT.match(value)
        try:
            if match is None:
                raise ValueError
            # A plus that nobody escaped arrives as a space.
            zone = (match[3] or "Z").upper().replace(" ", "+")
            at = datetime.fromisoformat(f"{match[1]}T{re.sub(':60$', ':59', match[2])}{zone}")
        except ValueError:
            self.fault(name, "rest_invalid_date", "Invalid date.")
            return None
        try:
            return at.astimezone(UTC)
        except OverflowError:
            return at.replace(tzinfo=UTC)

    def fault(self, name: str, code: str, sentence: str) -> None:
        """Remember what is wrong with a parameter; the first fault of each is told."""
        self.faults.setdefault(name, (code, sentence))

    def posts(self) -> tuple[int | str, ...] | None:
        """Pages, by number or by key or address. A key may hold commas: what is no list of numbers is one key."""
        values = [value for value in self.all("post") if value.strip()]
        found: list[int | str] = []
        for value in values:
            items = _items([value])
            numbers = all(_INTEGER.match(item) for item in items)
            found.extend(int(item) for item in items) if numbers else found.append(value)
        if len(found) > MOST_POSTS:
            self.fault("post", "rest_too_many_items", f"post must contain at most {MOST_POSTS} items.")
        return tuple(found) or None


def read_query(values: MultiDict[str, str]) -> Query:
    """What a list is asked for with; raises `InvalidParameters` naming every fault, or `Forbidden`."""
    given = _Parameters(values)
    per_page, page = given.integer("per_page", 10, 1, _PER_PAGE), given.integer("page", 1, 1, _FAR)
    offset, cursor = given.integer("offset", 0, 0, _FAR), given.integer("cursor", 0, 1, LARGEST_ID)
    start = 0 if cursor else offset or (page - 1) * per_page
    if start + per_page > MOST:
        sentence = (
            f"Pages and offsets reach {MOST} comments. Follow the Link header with rel=next from page to page, "
            "or ask with order=asc."
        )
        given.fault("offset" if offset else "page", "rest_out_of_bounds", sentence)
    if given.one("search"):
        given.fault("search", "rest_invalid_param", "Comments cannot be searched here.")
    order, orderby = cast("Order", given.choice("order", ("desc", "asc"))), given.choice("orderby", _ORDERS)
    query = Query(
        view=_view(given),
        posts=given.posts(),
        page=page,
        per_page=per_page,
        start=start,
        order=order,
        by_include=orderby == "include" and bool(_items(given.all("include"))),
        include=given.integers("include") or None,
        exclude=given.integers("exclude"),
        parent=given.integers("parent"),
        parent_exclude=given.integers("parent_exclude"),
        after=_next_second(given.moment("after")),
        before=given.moment("before"),
        cursor=cursor or None,
    )
    _refuse(given)
    if query.posts is not None and 0 in query.posts:
        raise Forbidden("rest_cannot_read", "Sorry, you are not allowed to read comments without a post.")
    return query


def read_view(values: MultiDict[str, str]) -> View:
    """How one comment is asked for; raises as `read_query`."""
    given = _Parameters(values)
    view = _view(given)
    _refuse(given)
    return view


def _view(given: _Parameters) -> View:
    context = given.choice("context", ("view", "embed", "edit"))
    embed = given.all("_embed")
    # WordPress takes `_embed`, `_embed=1` and `_embed=true` for all relations.
    relations = frozenset(_items(embed)) - {"1", "true"} or frozenset({"in-reply-to"}) if embed else frozenset()
    fields = tuple(_items(given.all("_fields")))
    return View(cast("Context", context), fields, relations)


def _refuse(given: _Parameters) -> None:
    if given.faults:
        raise InvalidParameters(given.faults)
    if given.one("context") == "edit":
        raise Forbidden("rest_forbidden_context", "Sorry, you are not allowed to edit comments.")
    forbidden = [name for name in ("author", "author_exclude", "author_email") if _items(given.all(name))]
    forbidden += [
        name for name, allowed in (("type", "comment"), ("status", "approve")) if given.one(name) not in (None, allowed)
    ]
    if forbidden:
        raise Forbidden("rest_forbidden_param", f"Query parameter not permitted: {', '.join(forbidden)}")


def _items(values: list[str]) -> list[str]:
    return [item for value in values for item in re.split(r"[\s,]+", value) if item]


def _next_second(at: datetime | None) -> datetime | None:
    """The first moment that is shown as later: what is served has whole seconds, what is stored has more."""
    if at is None:
        return None
    try:
        return at + timedelta(seconds=1)
    except OverflowError:
        return at
