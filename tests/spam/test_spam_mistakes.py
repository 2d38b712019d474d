"""What the filter once took for something else."""

import pytest

from moderation.spam.view import view_of
from tests.spam.test_spam_signals import signal, with_


def test_a_title_that_repeats_the_address_of_its_link_is_no_second_link() -> None:
    pasted = with_(text='I use <a href="http://www.tool.example/" title="www.tool.example" rel="nofollow"></a>')
    named = with_(text='I use <a href="http://tool.example/" title="http://tool.example/">cheap insurance</a>')

    for each in (pasted, named):
        assert signal("links.count", each).reason.startswith("1 link to 1 host")
    # A link without a text was pasted as it stands, and made by the site's own editor; one with a text was made by its author.
    assert not signal("links.anchor", pasted).points
    assert signal("links.anchor", named).points > 0
    assert signal("links.selling_text", named).points > 0


@pytest.mark.parametrize(
    "text",
    [
        'I love this post <3 title="http://tool.example/"',
        '<a title="http://tool.example/">',
        'I use <a href="http://other.example/" title="http://tool.example/">this</a>',
        'I use title="http://tool.example/" for that',
    ],
)
def test_a_title_that_may_be_shown_as_a_link_is_one(text: str) -> None:
    assert "tool.example" in {link.host for link in view_of(with_(text=text)).links}


def test_to_look_at_the_owners_own_site_is_no_invitation_elsewhere() -> None:
    assert signal("content.invitation", with_(text="check out my new site")).points > 0
    assert not signal("content.invitation", with_(text="I thought I would check out your site")).points


@pytest.mark.parametrize(
    "name", ["JackTheLad", "MrCollinGabriel", "BaoYuDu", "SpayAndNeuterYourCats", "КотІванПетрів", "JoséMaríaÁlvarez"]
)
def test_a_handle_of_several_words_is_no_letters_at_random(name: str) -> None:
    assert not signal("author.random_name", with_(author=name)).points


@pytest.mark.parametrize("name", ["vTzLkQyWmRfA", "SophiaXplZH", "RamiCFKeS"])
def test_changing_case_inside_words_is_letters_at_random(name: str) -> None:
    assert signal("author.random_name", with_(author=name)).points > 0


@pytest.mark.parametrize(
    "text",
    [
        "check out our newest song",
        "like this comment if you came here before the news did",
        "repost this to ten people or you will have bad luck",
        "please help me get 20 subscribers",
    ],
)
def test_begging_for_attention_invites_elsewhere(text: str) -> None:
    assert signal("content.invitation", with_(text=text)).points > 1
