# SPDX-License-Identifier: Apache-2.0
"""The question of a proxy, at each request: who is there? Headers, or the way to the login."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.stays import Stay, Stays
from idp.headers import asked as questions
from idp.headers.asked import Asked, NotAsked
from idp.headers.identity import Identities
from idp.headers.returning import Returning
from idp.headers.site import BACK, STOPPED, Sites
from idp.http.services import Core
from idp.http.wire import NO_STORE, Answer, Call, Reply, not_allowed

ENTER = "/headers/enter"
# RFC 9110 §15.5.2: a 401 names a way to prove oneself; this one is a page to log in on.
UNKNOWN = [("WWW-Authenticate", "Sceau"), *NO_STORE]
Leave = Callable[[Call, Asked, str], Reply]
# A proxy asks at each request: that it does is noted once in so many seconds.
ASKED_PAUSE = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """A question, and who was found."""

    asked: Asked
    # The value of the application's own cookie.
    secret: str
    stay: Stay | None
    admission: Admission | None


class Look:
    """One read: the application, the stay, the session; then the gate."""

    def __init__(self, core: Core, sites: Sites, stays: Stays) -> None:
        self._core = core
        self._sites = sites
        self._stays = stays

    def __call__(self, call: Call) -> Seen | NotAsked:
        """Who is there at this moment."""
        question = questions.hear(call)
        with self._core.database.read() as tx:
            found = self._stays.find(tx, question.key, question.cookie)
            application = found.application if found else None
            asked = questions.judge(
                self._core.applications, self._sites, application, question, call
            )
            if found is not None and isinstance(asked, Asked):
                stay, admission = found.stay, self._admitted(tx, asked, found.stay)
        if isinstance(asked, NotAsked):
            questions.note(asked)
            if asked.application:
                self._core.seen.refused(asked.application, facts_of(call), asked.why)
            return asked
        key = asked.site.application.key
        tells = self._core.seen.is_due(key, taken=True, pause=ASKED_PAUSE)
        puts_off = stay is not None and admission is not None and self._stays.is_due(stay)
        if tells or puts_off:
            with self._core.database.write() as tx:
                if tells:
                    self._core.seen.note(tx, key, facts_of(call))
                if puts_off and stay is not None:
                    self._stays.put_off(tx, stay, question.cookie)
        return Seen(asked, question.cookie, stay, admission)

    def _admitted(self, tx: Tx, asked: Asked, stay: Stay | None) -> Admission | None:
        if stay is None:
            return None
        application = asked.site.application
        if application.policy.consent and not set(asked.site.scopes) <= set(stay.grant.scope):
            # Registered since: what nobody agreed to is asked about before it is told.
            return None
        # OA-047: whatever closed since is closed here, at the very next request.
        admission = self._core.gate.readmit_standing(tx, application, stay.grant, stay.standing)
        return admission if isinstance(admission, Admission) else None


def facts_of(call: Call) -> dict[str, str]:
    """For whoever connects the application: not the path, which may tell of people."""
    names = ("X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Method")
    return {"Endpoint": call.path} | {name: call.header(name) for name in names}


class CheckEndpoint:
    """For proxies that do no more than ask (nginx): 200 with headers, or 401."""

    def __init__(self, look: Look, identities: Identities) -> None:
        self._look = look
        self._identities = identities

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "HEAD"}:
            # The visitor's own method is told by name: no body ever comes here.
            return not_allowed("GET", "HEAD")
        seen = self._look(call)
        if isinstance(seen, NotAsked):
            return forbidden()
        if seen.asked.is_ours or seen.stay is None or seen.admission is None:
            return nobody()
        return self._identities.reply(seen.asked.site, seen.stay, seen.admission)


class ForwardEndpoint:
    """For proxies that pass our answer on (Traefik, Caddy): 200 with headers, or what to show."""

    def __init__(
        self,
        core: Core,
        look: Look,
        identities: Identities,
        returning: Returning,
        leave: Leave,
    ) -> None:
        self._core = core
        self._look = look
        self._identities = identities
        self._returning = returning
        self._leave = leave

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "HEAD"}:
            # The visitor's own method is told by name: no body ever comes here.
            return not_allowed("GET", "HEAD")
        seen = self._look(call)
        if isinstance(seen, NotAsked):
            return forbidden()
        asked = seen.asked
        if asked.path == BACK:
            return self._returning(call, asked, seen.secret)
        if asked.is_ours:
            return self._leave(call, asked, seen.secret)
        if seen.stay is not None and seen.admission is not None:
            return self._identities.reply(asked.site, seen.stay, seen.admission)
        return self._lead(call, asked)

    def _lead(self, call: Call, asked: Asked) -> Reply:
        """To the login, or a plain no to what is not a page: a script can't log in."""
        issuer = self._core.settings.server.issuer
        key = asked.site.application.key
        if not questions.navigates(call):
            return nobody()
        if asked.method not in {"GET", "HEAD"}:
            # What was sent is not kept: it may be a patient's. The person is told so.
            return away(f"{issuer}{STOPPED}?" + urlencode({"application": key, "why": "not-sent"}))
        browser, cookie = self._returning.begin(call, asked)
        wished = {"application": key, "to": asked.url, "browser": browser}
        return away(f"{issuer}{ENTER}?{urlencode(wished)}", cookie)


def away(url: str, *cookies: tuple[str, str]) -> Reply:
    """A redirect that is sent on by somebody else's server."""
    return Reply(303, [("Location", url), *NO_STORE, *cookies])


def nobody() -> Reply:
    """Nobody is known."""
    return Reply(401, list(UNKNOWN))


def forbidden() -> Reply:
    """A question from somebody who may not ask it."""
    return Reply(403, list(NO_STORE))
