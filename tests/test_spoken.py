"""Templates are compiled in each language they are asked for in; they say what they would say if they asked each time."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import escape

from moderation.spoken import SpokenEnvironment
from moderation.strings import LANGUAGES

PIECES = (
    "{{ _('Approve') }}",
    "{{ _('Comment %(id)s', id=name) }}",
    "<i title=\"{{ _('Your reply, at once public, signed %(name)s', name=name) }}\">",
    "{% set said = _('Comment %(id)s', id=name) %}{{ said }}{{ said ~ name }}",
    "{% for key, word in (('a', _('approve')), ('s', _('spam'))) %}{{ key }}{{ word }}{% endfor %}",
    "{{ (_('Spam') if name else _('Trash'))|upper }}",
    "{{ _('%(n)s approved', n='50+') }} {{ _('no such text, 100%%') }} {{ _('%(n)s of %(n)s', n=2) }}",
    "{{ ngettext('%(num)s note', '%(num)s notes', 3) }}",
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", ["<b>&", "", "%(id)s %"])
def test_a_template_says_the_same_as_one_that_looks_its_texts_up(
    shared_app: Flask, lang: str, piece: str, name: str
) -> None:
    with shared_app.test_request_context(), force_locale(lang):
        environment = shared_app.jinja_env
        assert isinstance(environment, SpokenEnvironment)
        spoken = environment._in(lang).from_string(piece).render(name=name)
        assert spoken == render_template_string(piece, name=name)


def test_each_language_has_templates_of_its_own_and_keeps_them(shared_app: Flask) -> None:
    with shared_app.test_request_context():
        for lang in ("de", "en", "de"):
            with force_locale(lang):
                template = shared_app.jinja_env.get_template("desk/_row.html")
                assert template is shared_app.jinja_env.get_template("desk/_row.html")
                assert str(escape(_("Approve and trust"))) in str(escape(_said(template)))


def _said(template: object) -> str:
    code = template.root_render_func.__code__  # type: ignore[attr-defined]  # as Jinja calls it
    return repr(code.co_consts) + "".join(repr(each.co_consts) for each in code.co_consts if hasattr(each, "co_consts"))
