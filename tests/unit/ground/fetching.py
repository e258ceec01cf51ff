# SPDX-License-Identifier: Apache-2.0
"""Fetchers as the tests of outgoing fetches make them, with what they ask noted."""

from idp.outgoing import Fetcher, Unreachable
from idp.outgoing.addresses import connect

PUBLIC = "93.184.215.14"


def plain(server, **options):
    """A fetcher that may reach this server by plain http."""
    settings = {"timeout": 60.0, "max_bytes": 10_000} | options
    return Fetcher({f"127.0.0.1:{server.port}"}, **settings)


def url(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


def refused(result, told=""):
    assert isinstance(result, Unreachable), result
    assert told in result.reason
    return result


class Resolver:
    """Gives each of these answers in turn, and counts."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, host, port):
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


class Dial:
    """Notes where a connection would go, and leads it to one local server."""

    def __init__(self, server=None):
        self.server, self.dialled = server, []

    def __call__(self, address, port, timeout):
        self.dialled.append((address, port))
        if self.server is None:
            raise ConnectionRefusedError(111, "Connection refused")
        return connect("127.0.0.1", self.server.port, timeout)


def guarded(resolver, dial=None, **options):
    settings = {"timeout": 60.0, "max_bytes": 10_000} | options
    return Fetcher((), resolver=resolver, dial=dial or Dial(), **settings)
