# SPDX-License-Identifier: Apache-2.0
"""The operations on Users."""

from typing import Any

from scim2_models import Context

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Outcome
from idp.api.scim import lists, people
from idp.api.scim.resources import User
from idp.api.scim.wire import (
    ScimQuery,
    listed,
    operation,
    patched_as,
    read,
    replaced,
    shown,
    stale,
)
from idp.api.v1.account_acts import telling


def listing(asked: Asked) -> Outcome:
    """RFC 7644 §3.4.2."""
    return answered(asked, asked.query)


def answered(asked: Asked, wanted: ScimQuery) -> Outcome:
    """A page of Users."""
    place = ""
    if wanted.cursor:
        place = wanted.cursor
    page = lists.listed(asked, wanted, place)
    if not isinstance(page, lists.Page):
        return page
    return listed(asked, page.users, page.total, page.start, page.next)


def show(asked: Asked) -> Outcome:
    """RFC 7644 §3.4.1."""
    return one(asked, asked.path["id"])


def one(asked: Asked, account: str, status: int = 200) -> Outcome:
    """One User as an answer."""
    sheet = people.load(asked, account)
    if isinstance(sheet, Denied):
        return sheet
    return shown(asked, people.drawn(asked, sheet), status)


def create(asked: Asked) -> Outcome:
    """RFC 7644 §3.3."""
    user = read(User, asked.body.root, Context.RESOURCE_CREATION_REQUEST)
    if isinstance(user, Problem):
        return user
    made = people.create(asked, user)
    return one(asked, made, 201) if isinstance(made, str) else made


def put(asked: Asked) -> Outcome:
    """RFC 7644 §3.5.1: what is not named is cleared."""
    return _change(asked, replaced(User))


def patch(asked: Asked) -> Outcome:
    """RFC 7644 §3.5.2."""
    return _change(asked, patched_as(User))


def _change(asked: Asked, how: Any) -> Outcome:
    account = asked.path["id"]
    sheet = people.load(asked, account)
    if isinstance(sheet, Denied):
        return sheet
    now = people.drawn(asked, sheet)
    if problem := stale(asked, now):
        return problem
    wanted = how(asked, now)
    if isinstance(wanted, Problem):
        return wanted
    ended = people.change(asked, sheet, wanted)
    if not isinstance(ended, tuple):
        return ended
    outcome = one(asked, account)
    if isinstance(outcome, Done):
        return Done(raw=outcome.raw, etag=outcome.etag, after=telling(asked, account, ended))
    return outcome


def delete(asked: Asked) -> Outcome:
    """RFC 7644 §3.6."""
    ended = people.close(asked, asked.path["id"])
    if not isinstance(ended, tuple):
        return ended
    return Done(status=204, after=telling(asked, asked.path["id"], ended))


OPERATIONS = (
    operation("GET", "/Users", "listUsers", listing, Right.ACCOUNTS_SEE),
    operation("POST", "/Users", "createUser", create, Right.ACCOUNTS_CREATE),
    operation("GET", "/Users/{id}", "showUser", show, Right.ACCOUNTS_SEE),
    operation("PUT", "/Users/{id}", "replaceUser", put, Right.ACCOUNTS_EDIT),
    operation("PATCH", "/Users/{id}", "patchUser", patch, Right.ACCOUNTS_EDIT),
    operation("DELETE", "/Users/{id}", "deleteUser", delete, Right.ACCOUNTS_STATE),
)
