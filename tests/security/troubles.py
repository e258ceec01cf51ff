# SPDX-License-Identifier: Apache-2.0
"""Every trouble of the sandbox, and what becomes of it: by the browser, by phone, as a notice.

One row each. What is told in the audit is there, by reason and detail; for a notice, the detail.
"""

import re
from dataclasses import dataclass
from typing import Final

from bs4 import Tag

from idp.demo.sandbox.trouble import Trouble
from tests.world import Browser

Told = tuple[str, str]
BELIEF, AWAY = "not-believed", "not-reached"


@dataclass(frozen=True)
class Comes:
    """What one comes to; nothing where it is of no concern there, and all goes its usual way."""

    # When the browser is back, or before it leaves.
    browser: Told | None = None
    leaves: bool = True
    # When the phone has answered, or before it is asked.
    phone: Told | None = None
    rings: bool = True
    notice: str = ""


def _everywhere(detail: str, notice: str = "") -> Comes:
    """Of what is signed for either."""
    return Comes((BELIEF, detail), phone=(BELIEF, detail), notice=notice)


def _away(told: Told) -> Comes:
    """Nobody answers, or nobody who could be meant."""
    return Comes(told, phone=told, rings=False)


def _described(detail: str) -> Comes:
    """Nobody is sent there at all, nor is a phone rung."""
    told = (BELIEF, detail)
    return Comes(told, leaves=False, phone=told, rings=False)


TABLE: Final = {
    Trouble.NONE: Comes(),
    # No browser comes back from a phone, and no nonce goes there.
    Trouble.WRONG_STATE: Comes(("malformed", "answer: state")),
    Trouble.OTHER_ANSWERER: Comes((BELIEF, "answer: iss")),
    Trouble.NAMELESS_ANSWER: Comes((BELIEF, "answer: iss")),
    # One made for a login is none of a notice, whichever.
    Trouble.WRONG_NONCE: Comes((BELIEF, "token: nonce"), notice="token: nonce"),
    Trouble.NO_NONCE: Comes((BELIEF, "token: nonce")),
    Trouble.OTHER_ISSUER: _everywhere("token: iss", "token: iss"),
    Trouble.OTHER_AUDIENCE: _everywhere("token: aud", "token: aud"),
    Trouble.OTHER_PARTY: _everywhere("token: azp"),
    Trouble.EXPIRED: _everywhere("token: exp", "token: iat"),
    Trouble.AHEAD: _everywhere("token: iat", "token: iat"),
    Trouble.NO_EXPIRY: _everywhere("token: exp", "token: exp"),
    Trouble.UNSIGNED: _everywhere("token: another algorithm", "token: another algorithm"),
    Trouble.SHARED_SECRET: _everywhere("token: another algorithm", "token: another algorithm"),
    Trouble.OTHER_KEY: _everywhere("token: signature", "token: signature"),
    Trouble.UNKNOWN_KEY: _everywhere("token: unknown key", "token: unknown key"),
    Trouble.WRONG_HASH: _everywhere("token: at_hash"),
    Trouble.NO_SUBJECT: _everywhere("token: sub", "token: sub, sid"),
    Trouble.NUMBER_AS_SUBJECT: _everywhere("token: sub", "token: sub, sid"),
    Trouble.NOT_NOW: _everywhere("token: auth_time"),
    Trouble.OTHER_PERSON: _everywhere("userinfo: of somebody else"),
    Trouble.USERINFO_UNSIGNED: _everywhere("not one clear JSON object"),
    Trouble.HUGE: Comes((AWAY, "no answer"), phone=(AWAY, "no answer")),
    Trouble.NO_IDENTIFIER: _everywhere("person: SubjectNameID"),
    Trouble.ODD_IDENTIFIER: _everywhere("person: SubjectNameID"),
    Trouble.SLOW: _away((AWAY, "no answer")),
    Trouble.BROKEN: _away((AWAY, "HTTP 500")),
    Trouble.HTML: _away((BELIEF, "not one clear JSON object")),
    Trouble.REDIRECTS: _away((AWAY, "no answer")),
    Trouble.OTHER_DESCRIPTION: _described("description: another issuer"),
    Trouble.ENDPOINTS_ELSEWHERE: _described("description: token_endpoint"),
    # Logins are what they always are.
    Trouble.NOTICE_NONCE: Comes(notice="token: nonce"),
    Trouble.NOTICE_NO_EVENT: Comes(notice="token: events"),
    Trouble.NOTICE_ODD_EVENT: Comes(notice="token: events"),
    Trouble.NOTICE_OF_NOBODY: Comes(notice="token: sub, sid"),
    Trouble.NOTICE_NO_ID: Comes(notice="token: jti"),
    Trouble.NOTICE_OTHER_KIND: Comes(notice="token: another kind"),
    # The first counts, the second is refused.
    Trouble.NOTICE_TWICE: Comes(notice="token: used already"),
    # None of its fault: they go on as far as they reach.
    Trouble.RENEWED_KEYS: Comes(),
    Trouble.LITTLE_WORTH: Comes(),
}

TROUBLES: Final = {
    one: row.browser for one, row in TABLE.items() if row.browser is not None and row.leaves
}
DESCRIBED: Final = {
    one: row.browser for one, row in TABLE.items() if row.browser is not None and not row.leaves
}
WHEN_TOLD: Final = {one: row.phone for one, row in TABLE.items() if row.phone and row.rings}
WHEN_ASKED: Final = {one: row.phone for one, row in TABLE.items() if row.phone and not row.rings}
NOTICED: Final = {
    one: row.notice for one, row in TABLE.items() if row.notice and one is not Trouble.NOTICE_TWICE
}
# Of no concern there: all goes its usual way.
UNTOLD: Final = [one for one, row in TABLE.items() if row.phone is None]
UNNOTICED: Final = [one for one, row in TABLE.items() if not row.notice]
# Somebody who reads it is told what happened, and nothing of how we found out.
JARGON: Final = (
    "token",
    "jeton",
    "jetons",
    "nonce",
    "jwt",
    "json",
    "iss",
    "openid",
    "userinfo",
    "acr",
)


def is_clear(browser: Browser) -> None:
    """The page says what happened and what to do next, and the way on is on it."""
    assert browser.last.status_code == 200
    said = browser.page.select_one("#form-error")
    assert isinstance(said, Tag)
    title, *rest = [line for line in said.get_text("\n", strip=True).split("\n") if line]
    sentence = " ".join(rest)
    assert title
    assert sentence
    words = re.findall(r"\w+", f"{title} {sentence}".lower())
    assert not set(words) & set(JARGON)
    # The same way once more, or another one.
    ways = browser.page.select("main form[action^='/login/'] button, ul.means a")
    assert ways
