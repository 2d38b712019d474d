"""What the HTML of a comment may hold: the lists that all its parsers share."""

TAGS = frozenset(
    {"a", "abbr", "b", "blockquote", "br", "cite", "code", "del", "em", "i", "li", "ol", "p", "pre", "q", "s", "strong"}
    | {"ul"}
)
"""Every element a comment may hold."""

ATTRIBUTES = {"a": frozenset({"href", "title"}), "abbr": frozenset({"title"})}
"""The only attributes a reader may set."""

SCHEMES = frozenset({"http", "https", "mailto"})
LINK_REL = "nofollow ugc noopener"
