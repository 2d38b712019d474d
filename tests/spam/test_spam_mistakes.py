"""What the filter once took for something else."""

import pytest

from tests.spam.test_spam_signals import signal, with_


def test_an_address_in_the_title_of_a_link_is_no_second_link() -> None:
    pasted = with_(text='I use <a href="http://www.tool.example/" title="www.tool.example" rel="nofollow"></a>')
    elsewhere = with_(text='I use <a href="http://tool.example/" title="http://else.example/">this</a>')
    in_the_open = with_(text='I use title="http://tool.example/" for that')

    assert signal("links.count", pasted).reason.startswith("1 link to 1 host")
    assert signal("links.count", elsewhere).reason.startswith("1 link to 1 host")
    # What names itself was pasted as it stands, and made a link of by the site's own editor.
    assert not signal("links.anchor", pasted).points
    assert signal("links.anchor", elsewhere).points > 0
    assert signal("links.any", in_the_open).points > 0


def test_to_look_at_the_owners_own_site_is_no_invitation_elsewhere() -> None:
    assert signal("content.invitation", with_(text="check out my new site")).points > 0
    assert not signal("content.invitation", with_(text="I thought I would check out your site")).points


@pytest.mark.parametrize("name", ["JackTheLad", "MrCollinGabriel", "BaoYuDu", "SpayAndNeuterYourCats", "КотИванПетров"])
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
