# SPDX-License-Identifier: Apache-2.0
"""The login page: the application it leads to, the means that suit, one form."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import format_time
from flask_babel import gettext as _

from connectors.base import Reason
from idp.http.wire import NO_STORE, Page
from idp.login.attempt import Failed
from idp.login.flow import Choose, Lack, Second
from idp.web.stage import Stage

REASONS = {Lack.LEVEL: "step-up", Lack.FORCED: "reauthenticate", Lack.TOO_OLD: "reauthenticate"}
SHOWN_ZONE = ZoneInfo("Europe/Paris")


def choosing_page(
    stage: Stage,
    step: Choose | Second,
    kind: str = "",
    failed: Failed | None = None,
    *,
    busy: bool = False,
) -> Page:
    """The page, with the means just tried in front, and what went wrong with it."""
    current = kind if kind in step.means else _preferred(step)
    lack = Lack.LEVEL if isinstance(step, Second) else step.lack
    context: dict[str, Any] = {
        "journey": stage.wished.id,
        "application": stage.shown_application(),
        "means": [
            {
                "kind": one,
                "label": label_of(one),
                "description": "",
                "url": f"{stage.address}?means={one}",
                "current": one == current,
            }
            for one in step.means
        ],
        "cancel_url": f"{stage.address}/cancel",
        "reason": REASONS.get(lack),
        "links": [],
        "form": _form(stage, current, failed, busy=busy),
    }
    targets = stage.steering.origins(stage.wished, stage.application)
    return Page("login/choose.html", context, _status(failed, busy=busy), targets, list(NO_STORE))


def _status(failed: Failed | None, *, busy: bool) -> int:
    if busy:
        return 503
    return 429 if failed is not None and failed.reason is Reason.LOCKED else 200


def _preferred(step: Choose | Second) -> str:
    asked = request.args.get("means", "")
    return asked if asked in step.means else step.means[0]


def label_of(kind: str) -> str:
    """The name of a means, as people know it."""
    labels = {"password": _("Identifier and password")}
    return str(labels.get(kind, kind))


def _form(stage: Stage, kind: str, failed: Failed | None, *, busy: bool) -> dict[str, Any]:
    error, retry_at = "overloaded" if busy else None, None
    if failed is not None:
        error = "locked" if failed.reason is Reason.LOCKED else "wrong"
        retry_at = _clock_time(failed.retry_at) if failed.retry_at else None
    return {
        "action": f"{stage.address}/{kind}",
        "identifier": request.form.get("identifier", stage.wished.hint)[:256],
        "error": error,
        "retry_at": retry_at,
        "forgotten_url": None,
    }


def _clock_time(moment: int) -> str:
    local = datetime.fromtimestamp(moment, UTC).astimezone(SHOWN_ZONE)
    return str(format_time(local, "short", rebase=False))
