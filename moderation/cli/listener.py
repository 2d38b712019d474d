"""The socket that newcomers arrive at. It belongs to the process that outlives all others, so that none is ever lost with
a process that ends.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import time

import click

BACKLOG = 1024
# <sys/socket.h>, <linux/filter.h>: Python has no names for these.
_SO_ATTACH_FILTER = 26
_SYN = 0x02
# Of a TCP header the byte with the flags; with SYN in it the segment is dropped, anything else comes in whole.
_DROP_NEWCOMERS = (
    (0x30, 0, 0, 13),  # ldb [13]
    (0x45, 0, 1, _SYN),  # jset #SYN
    (0x06, 0, 0, 0),  # ret #0
    (0x06, 0, 0, 0xFFFFFFFF),  # ret #all
)
# How long a handshake that was begun may take to be through.
_HANDSHAKES = 0.2


def claim(host: str, port: int) -> socket.socket:
    """Listen there; the socket that systemd hands over (`LISTEN_FDS`) where it does. Raises a clear error."""
    given = _handed_over()
    if given is not None:
        return given
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    # A port that a former server has just left may be taken again.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as fault:
        listener.close()
        raise click.ClickException(f"cannot listen on {host} port {port}: {fault.strerror}; choose another") from None
    return listener


def _handed_over() -> socket.socket | None:
    """systemd's socket, see sd_listen_fds(3): the first descriptor after standard error."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()) or os.environ.pop("LISTEN_FDS", "") != "1":
        return None
    listener = socket.socket(fileno=3)
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        raise click.ClickException("the socket that was handed over must be one with an address and a port")
    return listener


def turn_away(listener: socket.socket) -> None:
    """Let nobody new arrive, while all who have arrived are still let in; then it can be closed and nobody is cut off.

    Closing alone would cut off who stands in the queue, with a request sent. Linux alone can do it: a filter drops what
    opens a connection. Whoever knocked meanwhile knocks again a second later, and finds nobody or the next server.
    """
    if sys.platform != "linux":
        return
    code = b"".join(struct.pack("HBBI", *step) for step in _DROP_NEWCOMERS)
    kept = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: how many steps, and where they stand.
    listener.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(_DROP_NEWCOMERS), ctypes.addressof(kept))
    )
    time.sleep(_HANDSHAKES)
