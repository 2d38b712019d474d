"""Templates in one language each: what they say is looked up when a template is compiled, not each time it is shown.

A page of the desk says a thousand sentences, and looking them up took a third of the time that it took to make. So each
template is compiled once for each language it is asked for in, and `_("…")` in it becomes that language's text, with what
stands in for `%(name)s` between its parts. What the texts are, and that values in them are escaped, is as before.
"""

from __future__ import annotations

import re
from typing import Any, cast

from flask.templating import Environment
from flask_babel import get_locale
from flask_babel import gettext as _
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

_PLACE = re.compile(r"%\((\w+)\)s|(%%)")


class SpokenEnvironment(Environment):
    """Flask's environment of templates, in as many as there are languages. `language` is None for the one they come from."""

    language: str | None = None

    def get_template(self, *given: Any, **named: Any) -> Template:
        """The template in the language of the answer that is being made; inside a template, in that template's."""
        if self.language is None:
            return self._in(str(get_locale())).get_template(*given, **named)
        return super().get_template(*given, **named)

    def _in(self, language: str) -> SpokenEnvironment:
        known: dict[str, SpokenEnvironment] = self.__dict__.setdefault("spoken", {})
        if language not in known:
            overlay: Any = self.overlay()
            overlay.language = language
            known.setdefault(language, overlay)
        return known[language]

    def _generate(self, source: nodes.Template, *given: Any, **named: Any) -> str:
        """Jinja's hook between reading a template and compiling it."""
        return super()._generate(_Speaker().visit(source) if self.language else source, *given, **named)


class _Speaker(NodeTransformer):
    """Puts texts of the language spoken now where a template asks for them."""

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802  # as Jinja calls it
        """What is written out: a text with places for values becomes several pieces of it."""
        pieces: list[nodes.Expr] = []
        for each in node.nodes:
            said = self.visit(each)
            pieces += said.nodes if isinstance(said, nodes.Concat) and _spoken(each) else [said]
        node.nodes = pieces
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802  # as Jinja calls it
        """`_("…")`, with or without values, where it says which; other calls stay."""
        self.generic_visit(node)
        if not _spoken(node):
            return node
        values = {each.key: each.value for each in node.kwargs}
        pieces: list[nodes.Expr] = []
        text, last = _(cast(nodes.Const, node.args[0]).value), 0
        for place in _PLACE.finditer(text):
            if place[1] and place[1] not in values:
                return node
            pieces.append(nodes.TemplateData(text[last : place.start()]))
            pieces.append(values[place[1]] if place[1] else nodes.TemplateData("%"))
            last = place.end()
        pieces.append(nodes.TemplateData(text[last:]))
        if "%" in _PLACE.sub("", text):
            return node
        return nodes.Concat(pieces, lineno=node.lineno) if len(pieces) > 1 else pieces[0]


def _spoken(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == "_"
        and len(node.args) == 1
        and isinstance(node.args[0], nodes.Const)
        and node.dyn_args is None
        and node.dyn_kwargs is None
    )
