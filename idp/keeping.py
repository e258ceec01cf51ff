# SPDX-License-Identifier: Apache-2.0
"""The nouns that others are built from: what leaves, sessions, passwords and their renewal."""

import os
from dataclasses import asdict, dataclass

from idp.accounts.values import Population
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.credentials.breaches import Breaches
from idp.credentials.hashing import Hashing
from idp.credentials.passwords import Passwords
from idp.credentials.policies import Configured, Policies, configured
from idp.credentials.reset_links import ResetLinks
from idp.crypto import KeyRing
from idp.db import Database
from idp.grants.codes import Codes
from idp.grants.lasting import Lasting, LastingGrants
from idp.login.elsewhere import Elsewhere
from idp.login.renewal import Renewal, Site
from idp.lookup import Lookup
from idp.messages.alarms import Alarms
from idp.messages.noting import Noting
from idp.messages.outbox import Outbox
from idp.messages.post import Post, channels_of
from idp.messages.quotas import Quotas
from idp.post_office import hold
from idp.programs.telling import Telling
from idp.sessions.notices import Notices
from idp.sessions.service import Lives, Sessions

# Left to other requests while passwords are being checked.
SPARE_THREADS = 8


@dataclass(frozen=True, slots=True)
class Ground:
    """What every noun stands on."""

    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    lookup: Lookup
    audit: Audit


@dataclass(frozen=True, slots=True)
class Keeping:
    """The nouns that others are built from."""

    post: Post
    outbox: Outbox
    quotas: Quotas
    alarms: Alarms
    sessions: Sessions
    codes: Codes
    lasting: LastingGrants
    elsewhere: Elsewhere
    policies: Policies
    reset_links: ResetLinks
    passwords: Passwords
    renewal: Renewal


def keep(ground: Ground, ring: KeyRing) -> Keeping:
    """Open them."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    entropy, lookup, audit = ground.entropy, ground.lookup, ground.audit
    rules, session = settings.policies, settings.session
    post = Post(database, clock, channels_of(settings))
    outbox = Outbox(clock, entropy, ring, post.nudge)
    audit.listen(Telling(clock, entropy, outbox).heard)
    notices = Notices(outbox, Noting(clock, audit), lookup, hold(settings))
    lives = Lives(session.idle, session.absolute, session.touch, session.most, settings.cards.idle)
    sessions = Sessions(clock, entropy, lookup, audit, lives, notices)
    codes = Codes(clock, entropy, lookup, audit, settings.tokens.code)
    policies = Policies(clock, audit, policies_of(settings))
    links = ResetLinks(clock, entropy, lookup, rules.reset_life)
    passwords = Passwords(
        database, _hashing(settings), clock, entropy, audit, policies, links, rules.temporary_life
    )
    most = Lasting(settings.tokens.lasting_idle, settings.tokens.lasting_absolute)
    lasting = LastingGrants(clock, audit, most)
    elsewhere = Elsewhere(sessions, codes, lasting)
    renewal = Renewal(
        database,
        clock,
        entropy,
        audit,
        passwords,
        policies,
        Breaches(rules.breach_list),
        links,
        elsewhere,
        outbox,
        _site(settings),
    )
    to, locale = settings.alarms.email, settings.locale.default
    alarms = Alarms(clock, audit, outbox, recipient=to, locale=locale)
    return Keeping(
        post=post,
        outbox=outbox,
        quotas=_quotas(ground, alarms),
        alarms=alarms,
        sessions=sessions,
        codes=codes,
        lasting=lasting,
        elsewhere=elsewhere,
        policies=policies,
        reset_links=links,
        passwords=passwords,
        renewal=renewal,
    )


def policies_of(settings: Settings) -> dict[str, Configured]:
    """The policy of each population, as configured."""
    return {
        one.value: configured(
            one.value,
            getattr(settings.policies, one.value),
            asdict(getattr(settings, f"policy_{one.value}")),
        )
        for one in Population
    }


def _site(settings: Settings) -> Site:
    region = settings.region
    return Site((region.name, region.server_name), settings.password.max_bytes)


def _quotas(ground: Ground, alarms: Alarms) -> Quotas:
    sms, smtp = ground.settings.sms, ground.settings.smtp
    return Quotas(
        ground.clock,
        ground.lookup,
        ground.audit,
        alarms,
        sms_per_day=sms.per_day,
        countries=sms.countries,
        per_address={"sms": sms.per_address, "email": smtp.per_address},
    )


def _hashing(settings: Settings) -> Hashing:
    """The pool of password checks: whoever waits for it leaves threads to the other requests."""
    password, threads = settings.password, settings.server.threads
    # The cores that this process may use: more checks at once than that only push each other out
    # of the caches.
    pool = min(password.pool or len(os.sched_getaffinity(0)), max(threads // 2, 1))
    return Hashing(
        memory_kib=password.memory_kib,
        time_cost=password.time_cost,
        parallelism=password.parallelism,
        pool=pool,
        queue=max(min(password.queue, threads - pool - SPARE_THREADS), 0),
    )
