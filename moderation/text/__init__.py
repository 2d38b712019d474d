"""Untrusted text made safe: comments, addresses, links, names. Pure: no web framework, no database."""
