# SPDX-License-Identifier: Apache-2.0
"""By which other sites notice that somebody else is here now, or nobody (Session Management 1.0).

A cookie that a script may read, and that frames of ours are given within other sites. It is no
secret of a session: it follows from one, leads to none, and opens nothing. It is set with an answer
to an application that asks for it, and kept true from then on.
"""

from typing import Final

from idp.http.services import Core
from idp.http.wire import Call, Headers

STATE: Final = "state"
# As no application is called.
NAME: Final = "the state of the browser"


def state_of(core: Core, session: str) -> str:
    """What the cookie says during this session: alike in no other one."""
    return core.sessions.label(session, NAME)


def kept(core: Core, session: str) -> tuple[str, str]:
    """The header by which the browser keeps it."""
    return core.jar.shown(STATE, state_of(core, session))


def follow(core: Core, call: Call, session: str = "") -> Headers:
    """Where the browser had one, that of the session that is there now; without one, none."""
    before = call.cookie(core.jar.name(STATE))
    if not before or (session and before == state_of(core, session)):
        return []
    return [kept(core, session) if session else core.jar.shown(STATE, "", 0)]
