# SPDX-License-Identifier: Apache-2.0
"""The means above the password that somebody has, and what would close without one of them."""

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.applications.values import Application
from idp.http.services import Services
from idp.login.flow import offered_means


def strong_means(services: Services, account: str) -> tuple[str, ...]:
    """The kinds of level 2 and above that the account can use now."""
    attempts = services.attempts
    return tuple(
        kind
        for kind, level in attempts.levels.items()
        if level >= Level.TWO_FACTORS and attempts.lacks(kind, account) is None
    )


def is_last(services: Services, account: str, kind: str) -> bool:
    """Whether this is the only strong means that the account has."""
    return strong_means(services, account) == (kind,)


def closed_without(services: Services, account: str, kind: str) -> tuple[str, ...]:
    """The names of the applications that open to the account now, and would not without this."""
    core, attempts = services.core, services.attempts
    with core.database.read() as tx:
        known = accounts.load(tx, account)
        every = core.applications.every(tx)
    if known is None:
        return ()
    usable = {one for one in attempts.levels if attempts.lacks(one, account) is None}
    return tuple(
        one.name
        for one in every
        if one.enabled
        and _is_for(one, known)
        and _opens(services, one, usable)
        and not _opens(services, one, usable - {kind})
    )


def _is_for(application: Application, account: Account) -> bool:
    policy = application.policy
    if account.person.population not in policy.populations:
        return False
    return not policy.communities or bool(account.communities & set(policy.communities))


def _opens(services: Services, application: Application, usable: set[str]) -> bool:
    policy, levels = application.policy, services.attempts.levels
    return bool(usable & set(offered_means(policy, levels, policy.level)))
