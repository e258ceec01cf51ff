# SPDX-License-Identifier: Apache-2.0
"""The operations on Groups: communities, with those of their members that are in reach."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from scim2_models import Context, Meta, Reference

from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.people.search import Query
from idp.administration.region.networks import UnfitNetwork
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Outcome
from idp.api.scim.address import PREFIX
from idp.api.scim.filters import BadFilter, parse
from idp.api.scim.judging import fits
from idp.api.scim.resources import Group, Member
from idp.api.scim.wire import (
    ScimQuery,
    listed,
    operation,
    patched_as,
    read,
    replaced,
    shown,
    stale,
    version_of,
)
from idp.programs import external_ids

KIND: Final = "Group"
MOST_MEMBERS: Final = 1000
STRIDE: Final = 200
NOT_OF_KEYS = re.compile(r"[^a-z0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Known:
    """A community by its key and its name."""

    key: str
    name: str


def find(asked: Asked, key: str) -> Known | Denied:
    """A community, where communities may be seen."""
    every = asked.services.office.networks.every(asked.tx, asked.authority)
    if isinstance(every, Denied):
        return every
    found = next((one for one in every if one.key == key), None)
    return Known(found.key, found.name) if found else Denied.NOT_FOUND


def members_of(asked: Asked, key: str) -> Iterator[Member]:
    """Those in reach."""
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    place, count = "", 0
    while count < MOST_MEMBERS:
        query = Query(community=key, after=place, size=STRIDE)
        found = asked.services.office.people.search(asked.tx, asked.authority, query)
        if isinstance(found, Denied):
            return
        for line in found.lines:
            if line.state is not State.CLOSED:
                count += 1
                ref = Reference[Any](f"{site}/Users/{line.id}")
                yield Member(value=line.id, ref=ref, type="User")
        place = found.next
        if not place:
            return


def drawn(asked: Asked, known: Known, *, members: bool = True) -> Group:
    """A community as a Group."""
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    group = Group(
        id=known.key,
        external_id=external_ids.of(asked.tx, asked.application, KIND, known.key) or None,
        display_name=known.name,
        members=(list(members_of(asked, known.key)) or None) if members else None,
    )
    plain = group.model_dump(mode="json", exclude_none=True)
    location = f"{site}/Groups/{known.key}"
    group.meta = Meta(resource_type=KIND, location=location, version=version_of(plain))
    return group


def listing(asked: Asked) -> Outcome:
    """RFC 7644 §3.4.2; members are told where they are asked for."""
    wanted: ScimQuery = asked.query
    every = asked.services.office.networks.every(asked.tx, asked.authority)
    if isinstance(every, Denied):
        return every
    node = parse(wanted.filter) if wanted.filter else None
    if isinstance(node, BadFilter):
        return Problem("invalid", node.why, scim="invalidFilter")
    members = "members" in f"{wanted.attributes} {wanted.filter}".lower()
    groups = [drawn(asked, Known(one.key, one.name), members=members) for one in every]
    if node is not None:
        groups = [one for one in groups if fits(node, one.model_dump(mode="json"))]
    start, size = max(wanted.startIndex, 1), max(min(wanted.count, 100), 0)
    return listed(asked, groups[start - 1 : start - 1 + size], len(groups), start)


def show(asked: Asked) -> Outcome:
    """RFC 7644 §3.4.1."""
    return one(asked, asked.path["id"])


def one(asked: Asked, key: str, status: int = 200) -> Outcome:
    """One Group as an answer."""
    known = find(asked, key)
    return known if isinstance(known, Denied) else shown(asked, drawn(asked, known), status)


def create(asked: Asked) -> Outcome:
    """RFC 7644 §3.3: the key is made from the name."""
    group = read(Group, asked.body.root, Context.RESOURCE_CREATION_REQUEST)
    if isinstance(group, Problem):
        return group
    key = _unused(asked, group.display_name or "")
    networks = asked.services.office.networks
    done = networks.add(asked.tx, asked.authority, key, group.display_name or "")
    if isinstance(done, UnfitNetwork):
        return Problem("unfit", f"displayName: {done.why}")
    if isinstance(done, Denied):
        return done
    return _filled(asked, Known(key, group.display_name or ""), group) or one(asked, key, 201)


def _unused(asked: Asked, name: str) -> str:
    parts = unicodedata.normalize("NFKD", name)
    plain = "".join(one for one in parts if not unicodedata.combining(one)).lower()
    key = NOT_OF_KEYS.sub("-", plain).strip("-")[:56].strip("-") or "group"
    taken = accounts.community_names(asked.tx)
    numbers = (f"{key}-{number}" for number in range(2, 100))
    return next((one for one in (key, *numbers) if one not in taken), key)


def put(asked: Asked) -> Outcome:
    """RFC 7644 §3.5.1."""
    return _change(asked, replaced(Group))


def patch(asked: Asked) -> Outcome:
    """RFC 7644 §3.5.2."""
    return _change(asked, patched_as(Group))


def _change(asked: Asked, how: Any) -> Outcome:
    known = find(asked, asked.path["id"])
    if isinstance(known, Denied):
        return known
    # Each verb asks again and further; whoever may change nothing here is told so first (WB-014).
    if denied := asked.authority.refuses(Right.MEMBERS_EDIT):
        return denied
    now = drawn(asked, known)
    if problem := stale(asked, now):
        return problem
    wanted = how(asked, now)
    if isinstance(wanted, Problem):
        return wanted
    name = wanted.display_name or ""
    if name != known.name:
        networks = asked.services.office.networks
        done = networks.rename(asked.tx, asked.authority, known.key, known.name, name)
        if isinstance(done, UnfitNetwork):
            return Problem("unfit", f"displayName: {done.why}")
        if isinstance(done, Denied):
            return done
    return _filled(asked, known, wanted) or one(asked, known.key)


def _filled(asked: Asked, known: Known, group: Group) -> Problem | Denied | None:
    """Let those in reach be the members that are named; others are not touched."""
    people, names = asked.services.office.people, asked.services.office.client_names
    name = group.external_id or ""
    called = names.call_community(asked.tx, asked.authority, asked.application, known.key, name)
    if isinstance(called, Denied):
        return called
    wanted = {one.value for one in group.members or () if one.value}
    if len(wanted) > MOST_MEMBERS:
        return Problem("unfit", f"members: {MOST_MEMBERS} at most")
    here = {str(one.value) for one in members_of(asked, known.key)}
    for verb, several in ((people.leave, here - wanted), (people.join, wanted - here)):
        for account in sorted(several):
            done = verb(asked.tx, asked.authority, account, known.key)
            if done is Denied.NOT_FOUND:
                return Problem("unfit", "members: there is no such user")
            if isinstance(done, Denied):
                return done
    return None


def delete(asked: Asked) -> Outcome:
    """RFC 7644 §3.6: its members in reach leave first."""
    known = find(asked, asked.path["id"])
    if isinstance(known, Denied):
        return known
    if denied := asked.authority.refuses(Right.COMMUNITIES_EDIT):
        return denied
    if problem := _filled(asked, known, Group(display_name=known.name)):
        return problem
    done = asked.services.office.networks.remove(asked.tx, asked.authority, known.key)
    if isinstance(done, UnfitNetwork):
        return Problem("conflict", done.why)
    return done if isinstance(done, Denied) else Done(status=204)


OPERATIONS = (
    operation("GET", "/Groups", "listGroups", listing, Right.COMMUNITIES_SEE),
    operation("POST", "/Groups", "createGroup", create, Right.COMMUNITIES_EDIT),
    operation("GET", "/Groups/{id}", "showGroup", show, Right.COMMUNITIES_SEE),
    operation("PUT", "/Groups/{id}", "replaceGroup", put, Right.MEMBERS_EDIT),
    operation("PATCH", "/Groups/{id}", "patchGroup", patch, Right.MEMBERS_EDIT),
    operation("DELETE", "/Groups/{id}", "deleteGroup", delete, Right.COMMUNITIES_EDIT),
)
