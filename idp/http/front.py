# SPDX-License-Identifier: Apache-2.0
"""The thin front: hot protocol endpoints are plain functions, everything else goes on to Flask.

One code path: these functions are the only implementation of their endpoints, and every test
client passes through here (docs/decisions: thin front).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

from idp.clock import Entropy
from idp.errors import Breakdown, Overloaded, Unavailable
from idp.http.headers import COMMON, SecurityHeaders
from idp.http.problems import problem_page
from idp.http.proxies import Proxies
from idp.http.wire import (
    NO_STORE,
    STATUS_LINES,
    Answer,
    Call,
    Endpoint,
    Environ,
    Headers,
    Page,
    Reply,
    json_reply,
)
from idp.logs import bind_request, forget_request, get
from idp.origin import Origin

StartResponse = Callable[[str, Headers], Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Renderer = Callable[[Environ, Page], Reply]
ORIGIN = "sceau.origin"
CALL = "sceau.call"
HTML: Headers = [("Content-Type", "text/html; charset=utf-8")]
# A page that needs nothing but itself: the files of ours are not at that site.
ELSEWHERE = "errors/elsewhere.html"
log = get("http")


class Front:
    """The outermost callable: origin, host, endpoint or Flask, headers, faults."""

    def __init__(
        self,
        pages: Wsgi,
        endpoints: Mapping[str, Endpoint],
        render: Renderer,
        *,
        hosts: frozenset[str],
        proxies: Proxies,
        headers: SecurityHeaders,
        entropy: Entropy,
        below: Mapping[str, Endpoint] | None = None,
        under: Mapping[str, Endpoint] | None = None,
        foreign: frozenset[str] = frozenset(),
    ) -> None:
        self._pages = pages
        self._endpoints = endpoints
        self._render = render
        self._hosts = hosts
        self._proxies = proxies
        self._headers = headers
        # For the ids of requests, which are no secret: the system's own generator lets go of the
        # interpreter each time, and the threads that wait for it cost more than the id.
        self._chance = Random(entropy.bytes(32))  # noqa: S311
        # Those with a name of their own at the end: by the folder that they lie in.
        self._below = dict(below or {})
        # Those that find their way themselves: everything under a folder of two names is theirs.
        self._under = dict(under or {})
        # Those whose answers a proxy may show at another site's address.
        self._foreign = foreign

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        try:
            return self._answer(environ, start_response)
        finally:
            # What this thread logs next is nobody's.
            forget_request()

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        request_id = f"{self._chance.getrandbits(72):018x}"
        address = self._proxies.client_address(environ)
        agent = environ.get("HTTP_USER_AGENT", "")
        call = Call(environ, Origin(address, agent[:256], request_id))
        environ[ORIGIN] = call.origin
        environ[CALL] = call
        # WB-022, OA-162: links come from configuration; a foreign Host gets nothing at all.
        if environ.get("HTTP_HOST", "").lower() not in self._hosts:
            reply = Reply(400, [("Content-Type", "text/plain"), *NO_STORE], b"unknown host\n")
        else:
            bind_request(request_id)
            endpoint = self._endpoint(call.path)
            if endpoint is None:
                return self._show(call, start_response)
            reply = self._serve(endpoint, call)
        elapsed = time.perf_counter() - started
        if elapsed > 5:
            log.warning("slow", path=call.path, seconds=round(elapsed, 1), request_id=request_id)
        return self._send(reply, call, start_response)

    def _endpoint(self, path: str) -> Endpoint | None:
        endpoint = self._endpoints.get(path)
        if endpoint is None and self._below:
            endpoint = self._below.get(path.rpartition("/")[0])
        if endpoint is None and self._under:
            endpoint = self._under.get("/".join(path.split("/", 3)[:3]))
        return endpoint

    def _show(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._pages(call.environ, start_response)
        except Exception as fault:  # noqa: BLE001 - even the page that tells of a fault failed
            _problem, status, headers = breakdown(fault, call)
            return self._send(in_protocol(status, headers), call, start_response)

    def _serve(self, endpoint: Endpoint, call: Call) -> Reply:
        try:
            return self._ready(endpoint(call), call)
        except Exception as fault:  # noqa: BLE001 - the last line of defence
            return self._broken(call, *breakdown(fault, call))

    def _broken(self, call: Call, problem: str, status: int, headers: Headers) -> Reply:
        """A page for people, the protocol's words for programs."""
        is_foreign = call.path in self._foreign
        if "text/html" in call.header("Accept"):
            page = problem_page(problem, status=status)
            page.headers.extend(headers)
            if is_foreign:
                page.template = ELSEWHERE
            try:
                reply = self._render(call.environ, page)
            except Exception:
                log.exception("no page", path=call.path)
            else:
                if not is_foreign:
                    return reply
                # Neither our cookies nor our rules for browsers are set at that site.
                return Reply(status, HTML + page.headers, reply.body)
        return in_protocol(status, headers)

    def _ready(self, answer: Answer, call: Call) -> Reply:
        return self._render(call.environ, answer) if isinstance(answer, Page) else answer

    def _send(self, reply: Reply, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        names = {name for name, _ in reply.headers}
        # Told by where it was asked, whatever is answered: HSTS and a policy of ours would rule a
        # site that is not ours.
        usual = COMMON if call.path in self._foreign else self._headers.plain
        extra = [one for one in usual if one[0] not in names]
        headers = [*reply.headers, *extra]
        if reply.pieces is not None:
            start_response(STATUS_LINES[reply.status], headers)
            return [] if call.method == "HEAD" else reply.pieces
        headers.append(("Content-Length", str(len(reply.body))))
        start_response(STATUS_LINES[reply.status], headers)
        return [] if call.method == "HEAD" else [reply.body]


def breakdown(fault: Exception, call: Call) -> tuple[str, int, Headers]:
    """What nobody expected: logged once, told as one of two problems without detail (RL-29)."""
    if isinstance(fault, Overloaded | Unavailable):
        log.warning("unavailable", path=call.path, why=str(fault))
        return "unavailable", 503, [("Retry-After", str(fault.retry_after))]
    level = "breakdown" if isinstance(fault, Breakdown) else "fault"
    log.error(level, path=call.path, exc_info=fault)
    return "server-error", 500, []


def in_protocol(status: int, headers: Headers) -> Reply:
    """A breakdown in the words of RFC 6749 §4.1.2.1."""
    document = {"error": "server_error" if status == 500 else "temporarily_unavailable"}
    return json_reply(document, status, [*NO_STORE, *headers])
