"""Where a comment points to: the hosts by which its links are recognised in the site's past."""

from moderation.spam.view import View

MOST_HOSTS = 20
"""Hosts remembered of one comment. Whoever links to more has said enough."""


def link_hosts(view: View) -> frozenset[str]:
    """The hosts of all links in the text and of the author's website, lower case, without ``www.``."""
    hosts = [link.host for link in view.links]
    if view.website is not None:
        hosts.insert(0, view.website.host)
    return frozenset(list(dict.fromkeys(hosts))[:MOST_HOSTS])
