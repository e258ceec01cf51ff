# SPDX-License-Identifier: Apache-2.0
"""Ports for servers that are started later: nobody else gets them in the meantime.

A port that was only looked at may be taken before its server is up, by another test process or as
the near end of an outgoing connection. So it stays bound here, without listening, for as long as
the tests run: the kernel gives it to nobody who has not named it, a connection to it is refused,
and a server that allows the address to be reused (all do) may listen on it.
"""

import atexit
import socket


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that nobody else is given."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    atexit.register(keeper.close)
    port: int = keeper.getsockname()[1]
    return port
