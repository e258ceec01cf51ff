# SPDX-License-Identifier: Apache-2.0
"""What decides about the whole installation: rules of passwords, signing keys, card authorities."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.rules.passwords import Faulty, Rules
from idp.administration.rules.trust_desk import LONGEST_PEM, Offered
from idp.api.etags import stale
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Outcome, Request
from idp.api.v1.shapes import at, moment
from idp.api.values import Body, Line32, Line256, Listed, Shown
from idp.http.services import Services
from idp.keys.algorithms import ALGORITHMS
from idp.keys.schedule import KeyTimes, State
from idp.trust.authority import Authority as Believed
from idp.trust.lists import Held
from idp.trust.sources import Source

Number = Annotated[int, Field(ge=0, le=2_147_483_647)]


class RulesGiven(Body):
    """What passwords must be; zero, or false, asks for nothing."""

    length: Number
    longest: Number = 1024
    digits: Number = 0
    lower: Number = 0
    upper: Number = 0
    other: Number = 0
    history: Annotated[Number, Field(description="So many in a row are different ones")] = 0
    valid_days: Number = 0
    minimum_age: Annotated[Number, Field(description="Seconds before another change")] = 0
    strength: Annotated[Number, Field(description="zxcvbn's score, of 4")] = 0
    breaches: Annotated[bool, Field(description="Whether known passwords are refused")] = False
    common: bool = True
    own_words: bool = True


class PolicyShown(Shown):
    """The rules of one population."""

    population: Population
    rules: RulesGiven
    own: Annotated[bool, Field(description="Whether an administrator has set them")]
    shipped: Annotated[str, Field(description="What holds where none has")]


class KeyShown(Shown):
    """A signing key, without its secret."""

    kid: str
    algorithm: str
    state: Annotated[str, Field(description="pending, active, retired, removed or revoked")]
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None
    removed_at: datetime | None
    revoked_at: datetime | None


class NewKey(Body):
    """Which key is replaced."""

    algorithm: Annotated[str, Field(pattern=f"^({'|'.join(ALGORITHMS)})$")]


class KeyNamed(Shown):
    """The key that comes, or signs now; empty where none does."""

    kid: str


class AuthorityShown(Shown):
    """An authority whose cards are believed."""

    fingerprint: str
    subject: str
    family: str
    role: str
    valid_until: datetime
    responder: str
    added_at: datetime


class ListShown(Shown):
    """Where an authority publishes its revoked cards, and what we have of it."""

    authority: str
    url: str
    entries: int | None
    good_at: datetime | None
    failures: int
    fault: str


class TrustShown(Shown):
    """Whom this server believes when a card comes."""

    authorities: list[AuthorityShown]
    lists: list[ListShown]


class AuthorityGiven(Body):
    """An authority to be believed: compare its fingerprint with what its owner publishes."""

    pem: Annotated[str, Field(min_length=1, max_length=LONGEST_PEM)]
    fingerprint: Annotated[
        str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, as its owner publishes it")
    ]
    family: Line32
    lists: Annotated[list[Line256], Field(max_length=16, default_factory=list)]
    responder: Line256 = ""


class Ended(Shown):
    """How many sessions ended with it."""

    ended_sessions: int


class Fetched(Shown):
    """How many lists were fetched, and how many could not be."""

    lists: int
    failed: int


def policies(asked: Asked) -> Outcome:
    """Every population's."""
    found = asked.services.office.passwords.listed(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    return Done(Listed[PolicyShown](items=[_policy(one) for one in found], total=len(found)))


def policy(asked: Asked) -> Outcome:
    """One population's."""
    found = _rules(asked)
    return found if isinstance(found, Denied) else _shown(found)


def set_policy(asked: Asked) -> Outcome:
    """Put rules in force."""
    now = _rules(asked)
    if isinstance(now, Denied):
        return now
    if problem := stale(asked.if_match, _etag(now)):
        return problem
    done = asked.services.office.passwords.set(
        asked.tx, asked.authority, now.population, asked.body.model_dump(), now.seen
    )
    if isinstance(done, Faulty):
        errors = tuple(Where(f"#/{one.partition(':')[0]}", "unfit", one) for one in done.faults)
        return Problem("unfit", errors=errors)
    if isinstance(done, Unfit):
        return Problem("changed")
    return done if isinstance(done, Denied) else _shown(done)


def reset_policy(asked: Asked) -> Outcome:
    """Back to what the configuration ships."""
    name = asked.path["population"]
    if name not in set(Population):
        return Denied.NOT_FOUND
    done = asked.services.office.passwords.reset(asked.tx, asked.authority, Population(name))
    return done if isinstance(done, Denied) else _shown(done)


def _rules(asked: Asked) -> Denied | Rules:
    name = asked.path["population"]
    if name not in set(Population):
        return asked.authority.refuses(Right.POLICIES_SEE) or Denied.NOT_FOUND
    return asked.services.office.passwords.one(asked.tx, asked.authority, Population(name))


def _policy(one: Rules) -> PolicyShown:
    rules = RulesGiven(**asdict(one.policy))
    return PolicyShown(population=one.population, rules=rules, own=one.own, shipped=one.shipped)


def _etag(one: Rules) -> str:
    return f'"{one.population.value}-{one.seen}"'


def _shown(one: Rules) -> Done:
    return Done(_policy(one), etag=_etag(one))


def keys(asked: Asked) -> Outcome:
    """The newest first."""
    found = asked.services.office.keys.listed(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    items = [_key(one, state) for one, state in found]
    return Done(Listed[KeyShown](items=items, total=len(items)))


def rotate(asked: Asked) -> Outcome:
    """Publish the next key."""
    done = asked.services.office.keys.rotate(asked.tx, asked.authority, asked.body.algorithm)
    return _named(done, 201)


def revoke(asked: Asked) -> Outcome:
    """What it signed is refused at once."""
    done = asked.services.office.keys.revoke(asked.tx, asked.authority, asked.path["kid"])
    return _named(done, 200)


def _named(done: Denied | Unfit | str, status: int) -> Outcome:
    if isinstance(done, Unfit):
        return Problem("conflict", done.why)
    return done if isinstance(done, Denied) else Done(KeyNamed(kid=done), status)


def _key(one: KeyTimes, state: State) -> KeyShown:
    return KeyShown(
        kid=one.kid,
        algorithm=one.algorithm,
        state=state.value,
        created_at=at(one.created_at),
        active_from=at(one.active_from),
        retired_at=moment(one.retired_at),
        removed_at=moment(one.removed_at),
        revoked_at=moment(one.revoked_at),
    )


def trust(asked: Asked) -> Outcome:
    """Authorities, and their lists."""
    found = asked.services.office.trust.store(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    return Done(
        TrustShown(
            authorities=[_authority(one) for one in found.authorities],
            lists=[_list(source, held) for source, held in found.lists],
        )
    )


def believe(asked: Asked) -> Outcome:
    """Believe what it has signed from now on; it is the one that its owner publishes."""
    body, desk = asked.body, asked.services.office.trust
    offered = Offered(body.pem, body.family, tuple(body.lists), body.responder)
    certificate = desk.look(asked.authority, offered)
    if isinstance(certificate, Denied):
        return certificate
    if isinstance(certificate, Unfit):
        return _unfit(certificate)
    if certificate.fingerprint != body.fingerprint:
        return Problem("unfit", errors=(Where("#/fingerprint", "other"),))
    done = desk.add(asked.tx, asked.authority, offered)
    if isinstance(done, Unfit):
        return _unfit(done)
    return done if isinstance(done, Denied) else Done(_authority(done), 201)


def disbelieve(asked: Asked) -> Outcome:
    """Believe it no more."""
    done = asked.services.office.trust.remove(asked.tx, asked.authority, asked.path["fingerprint"])
    return done if isinstance(done, Denied) else Done(Ended(ended_sessions=done))


def fetch(services: Services, request: Request) -> Any:
    """Outside of any transaction: each list is somewhere else."""
    return services.office.trust.refresh(request.authority)


def refreshed(asked: Asked) -> Outcome:
    """What came of it."""
    lists, failed = asked.ready
    return Done(Fetched(lists=lists, failed=failed))


def _unfit(done: Unfit) -> Problem:
    name = "taken" if done.why == "there-already" else "unfit"
    return Problem(name, done.why, tuple(Where(f"#/{one}", done.why) for one in done.fields))


def _authority(one: Believed) -> AuthorityShown:
    return AuthorityShown(
        fingerprint=one.certificate.fingerprint,
        subject=one.subject,
        family=one.family,
        role=one.role.value,
        valid_until=at(one.certificate.valid_until),
        responder=one.responder,
        added_at=at(one.added_at),
    )


def _list(source: Source, held: Held | None) -> ListShown:
    return ListShown(
        authority=source.authority,
        url=source.url,
        entries=held.entries if held else None,
        good_at=moment(source.good_at or None),
        failures=source.failures,
        fault=source.fault,
    )
