# SPDX-License-Identifier: Apache-2.0
"""What must be true of the database after any fault: nothing half done or unrecorded."""

import json
from typing import Any

from sqlalchemy import text

from idp.audit.seal import Sealer
from idp.audit.verify import Verdict, verify
from idp.db import Database
from idp.opening import open_database
from tests.world import World

# What proves, opens or revokes something. Counters of tries and journeys are looked at apart.
TABLES = (
    "account_changes",
    "account_establishments",
    "account_names",
    "accounts",
    "api_answers",
    "applications",
    "cards",
    "consents",
    "device_requests",
    "farewell_calls",
    "farewells",
    "grants",
    "known_devices",
    "one_time_codes",
    "otp_enrolments",
    "passkeys",
    "password_history",
    "passwords",
    "patient_consents",
    "patient_letters",
    "proposals",
    "recovery_codes",
    "registration_events",
    "registration_requests",
    "reset_links",
    "role_grants",
    "scim_external_ids",
    "session_applications",
    "sessions",
    "tokens",
    "totp",
    "used_once",
)
# Most have none in most tests.
FILLED = " UNION ALL ".join(
    f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in TABLES
)
# Each finds rows that stand alone: what half of an action would leave.
HALVES = {
    "a request approved without an account that an event tells of": (
        "SELECT 1 FROM registration_requests r WHERE r.state = 'approved' AND NOT EXISTS "
        "(SELECT 1 FROM audit_events e JOIN accounts a ON a.id = e.account "
        "WHERE e.kind = 'registration.approved' AND a.id = r.account_id)"
    ),
    "an approved person without a way in": (
        "SELECT 1 FROM registration_requests r WHERE r.state = 'approved' AND NOT EXISTS "
        "(SELECT 1 FROM reset_links l WHERE l.account_id = r.account_id) AND NOT EXISTS "
        "(SELECT 1 FROM passwords p WHERE p.account_id = r.account_id)"
    ),
    "a decision of which the person is not told": (
        "SELECT 1 FROM registration_requests r WHERE r.state = 'refused' AND NOT EXISTS "
        "(SELECT 1 FROM messages m WHERE m.purpose = 'request-refused')"
    ),
    "an activation used up for nothing": (
        "SELECT 1 FROM reset_links l WHERE l.channel = 'first' AND l.used_at IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM passwords p WHERE p.account_id = l.account_id)"
    ),
    "an account made by a card that is not bound to it": (
        "SELECT 1 FROM accounts a WHERE a.last_name LIKE 'Petit8%' "
        "AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.account_id = a.id)"
    ),
    "a token without its grant": (
        "SELECT 1 FROM tokens t LEFT JOIN grants g ON g.id = t.grant_id "
        "WHERE t.grant_id IS NOT NULL AND (g.id IS NULL OR "
        # What was exchanged stands on a login elsewhere.
        "(g.application <> t.application AND t.actor IS NULL))"
    ),
    "a grant without its session": (
        "SELECT 1 FROM grants g LEFT JOIN sessions s ON s.id = g.session_id "
        # On the word of others there is none.
        "WHERE g.session_id <> '' AND (s.id IS NULL OR s.account_id <> g.account_id)"
    ),
    "a grant whose application the session does not know": (
        "SELECT 1 FROM grants g LEFT JOIN session_applications a "
        "ON a.session_id = g.session_id AND a.application = g.application "
        "WHERE a.session_id IS NULL AND g.session_id <> ''"
    ),
    "a code used up for nothing": (
        # Behind an artifact there is no token: what it stood for is said at once.
        "SELECT 1 FROM grants g JOIN applications a ON a.key = g.application "
        "WHERE g.code_used_at IS NOT NULL AND g.revoked_at IS NULL AND a.protocol <> 'saml' "
        "AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.id)"
    ),
    "somebody admitted to an application that is not of their session": (
        "SELECT 1 FROM audit_events e WHERE e.kind = 'login.admitted' AND NOT EXISTS "
        "(SELECT 1 FROM session_applications a WHERE a.session_id = e.session "
        "AND a.application = e.application)"
    ),
    "an application of a session to which nobody was admitted": (
        "SELECT 1 FROM session_applications a WHERE NOT EXISTS (SELECT 1 FROM audit_events e "
        "WHERE e.kind = 'login.admitted' AND e.session = a.session_id "
        "AND e.application = a.application)"
    ),
    "a farewell without anybody to tell, or to a session that lives": (
        "SELECT 1 FROM farewells f LEFT JOIN farewell_calls c ON c.farewell_id = f.id "
        "LEFT JOIN sessions s ON s.id = c.session_id WHERE s.id IS NULL OR s.ended_at IS NULL"
    ),
    "fewer notices of a logout than applications that a server tells": (
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE channel = 'logout') < "
        "(SELECT count(*) FROM session_applications a JOIN sessions s ON s.id = a.session_id "
        "JOIN applications p ON p.key = a.application WHERE s.ended_at IS NOT NULL "
        # Those that ask for logouts have no such address: who asks is told by its answer.
        "AND p.protocol = 'saml' AND p.registration LIKE '%soap%')"
    ),
    "a refresh token used up for nothing": (
        "SELECT 1 FROM tokens t JOIN grants g ON g.id = t.grant_id WHERE t.kind = 'refresh' "
        "AND t.used_at IS NOT NULL AND g.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM tokens n "
        "WHERE n.grant_id = t.grant_id AND n.kind = 'refresh' AND n.used_at IS NULL)"
    ),
    "two live refresh tokens of one grant": (
        "SELECT grant_id FROM tokens WHERE kind = 'refresh' AND used_at IS NULL "
        "AND revoked_at IS NULL AND grant_id IS NOT NULL GROUP BY grant_id HAVING count(*) > 1"
    ),
    "a session that no event tells of": (
        "SELECT 1 FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM audit_events e "
        "WHERE e.kind = 'login.proved' AND e.session = s.id)"
    ),
    "a login that no session is left of": (
        "SELECT 1 FROM audit_events e WHERE e.kind IN ('login.proved', 'login.admitted') "
        "AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = e.session)"
    ),
    "an end of session that no event tells of": (
        "SELECT 1 FROM sessions s WHERE s.ended_at IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM audit_events e WHERE e.kind = 'session.ended' AND e.session = s.id)"
    ),
    "an end of session that did not happen": (
        "SELECT 1 FROM audit_events e JOIN sessions s ON s.id = e.session "
        "WHERE e.kind = 'session.ended' AND s.ended_at IS NULL"
    ),
    "a consent that no event tells of": (
        "SELECT 1 FROM consents c WHERE NOT EXISTS (SELECT 1 FROM audit_events e WHERE "
        "e.kind = 'consent.given' AND e.account = c.account_id AND e.application = c.application)"
    ),
    "a consent told of that is not kept": (
        "SELECT 1 FROM audit_events e WHERE e.kind = 'consent.given' AND NOT EXISTS (SELECT 1 FROM "
        "consents c WHERE e.account = c.account_id AND e.application = c.application) AND NOT "
        "EXISTS (SELECT 1 FROM audit_events w WHERE w.kind = 'consent.withdrawn' AND w.id > e.id "
        "AND w.account = e.account AND w.application = e.application)"
    ),
    "a passkey that no event tells of": (
        "SELECT 1 FROM passkeys p WHERE NOT EXISTS (SELECT 1 FROM audit_events e "
        "WHERE e.kind = 'means.added' AND e.means = 'passkey' AND e.account = p.account_id)"
    ),
    "more or fewer messages than means and codes that were added": (
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE purpose = 'means-added') <> "
        "(SELECT count(*) FROM audit_events WHERE kind = 'means.added') + "
        # Switched on by the person, on a page.
        "(SELECT count(*) FROM audit_events WHERE kind = 'otp.enabled' "
        "AND request_id IS NOT NULL) + "
        # The codes that come with an app are told with it.
        "(SELECT count(*) FROM audit_events r WHERE r.kind = 'recovery.renewed' AND NOT EXISTS "
        "(SELECT 1 FROM audit_events a WHERE a.kind = 'means.added' "
        "AND a.request_id = r.request_id))"
    ),
    "fewer messages than apps that were removed": (
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE purpose = 'means-removed') < "
        "(SELECT count(*) FROM audit_events WHERE kind = 'means.removed' AND means = 'totp')"
    ),
    "an app that no event tells of": (
        "SELECT 1 FROM totp t WHERE NOT EXISTS (SELECT 1 FROM audit_events e "
        "WHERE e.kind = 'means.added' AND e.means = 'totp' AND e.account = t.account_id)"
    ),
    "an app without codes on paper, or these without an app": (
        "SELECT 1 FROM totp t FULL JOIN recovery_codes r ON r.account_id = t.account_id "
        "WHERE t.account_id IS NULL OR r.account_id IS NULL"
    ),
    "a live code that was never written to anybody": (
        "SELECT 1 FROM one_time_codes c WHERE c.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM "
        "messages m WHERE m.account_id = c.account_id AND m.created_at = c.created_at)"
    ),
    "an address that opens nothing": (
        "SELECT 1 FROM accounts a WHERE a.email <> '' AND NOT EXISTS (SELECT 1 FROM "
        "account_names n WHERE n.account_id = a.id AND n.folded = lower(a.email))"
    ),
    "a change of address that the old or the new one is not told of": (
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE purpose = 'address-changed') <> "
        "2 * (SELECT count(*) FROM audit_events WHERE kind = 'account.email_changed') + "
        # Of a number the old one can't be written to, or is not there.
        "(SELECT count(*) FROM audit_events "
        "WHERE kind IN ('account.phone_changed', 'account.phone_removed'))"
    ),
    "a password replaced of which its owner is not told, or told for nothing": (
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE purpose = 'password-changed') <> "
        # Whoever has just chosen their first one knows.
        "(SELECT count(*) FROM audit_events WHERE kind = 'password.renewed' "
        "AND detail NOT LIKE '%first%')"
    ),
    "a password told of as replaced that was not": (
        "SELECT 1 FROM audit_events e WHERE e.kind = 'password.renewed' AND NOT EXISTS "
        "(SELECT 1 FROM audit_events s WHERE s.kind = 'password.set' "
        "AND s.request_id = e.request_id)"
    ),
    "a link used up for nothing": (
        "SELECT 1 FROM reset_links l WHERE l.used_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "
        "audit_events e WHERE e.kind IN ('password.renewed', 'password.set', "
        "'account.phone_removed', 'account.email_changed') AND e.account = l.account_id)"
    ),
    "codes switched on that no event tells of": (
        "SELECT 1 FROM otp_enrolments o WHERE NOT EXISTS (SELECT 1 FROM audit_events e "
        "WHERE e.kind = 'otp.enabled' AND e.account = o.account_id)"
    ),
    "fewer messages than times that codes were switched off": (
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE purpose = 'means-removed') < "
        "(SELECT count(*) FROM audit_events WHERE kind = 'otp.disabled' "
        "AND request_id IS NOT NULL)"
    ),
    "a device known without a login": (
        "SELECT 1 FROM known_devices d WHERE NOT EXISTS "
        "(SELECT 1 FROM sessions s WHERE s.account_id = d.account_id) AND NOT EXISTS "
        # The proof waits in the journey until the password is replaced.
        "(SELECT 1 FROM journeys j WHERE j.state LIKE '%' || d.account_id || '%')"
    ),
}
# Asked hundreds of times in a test: as one, for a hundredth of a second rather than a tenth.
ANY_HALF = " UNION ALL ".join(
    f"SELECT {number} WHERE EXISTS ({query})" for number, query in enumerate(HALVES.values())
)
REVOKED = "SELECT count(*) FROM grants WHERE revoked_at IS NOT NULL"
# One event may tell of several.
TOLD = "SELECT detail FROM audit_events WHERE kind IN ('grant.revoked', 'lasting.ended')"
# Rows and the events that must be as many: given.
PAIRS = {
    "grants given": (
        "SELECT count(*) FROM grants WHERE session_id <> ''",
        # An assertion is given at once, and stands on no grant.
        "SELECT count(*) FROM audit_events WHERE kind = 'login.admitted' AND detail LIKE '%grant%'",
    ),
    "words of others taken": (
        "SELECT count(*) FROM grants WHERE session_id = ''",
        "SELECT count(*) FROM audit_events WHERE kind = 'assertion.taken' AND outcome = 'ok'",
    ),
    "tokens exchanged": (
        "SELECT count(*) FROM tokens WHERE actor IS NOT NULL",
        "SELECT count(*) FROM audit_events WHERE kind = 'token.exchanged'",
    ),
    "stays opened": (
        "SELECT count(*) FROM tokens WHERE kind = 'stay'",
        "SELECT count(*) FROM audit_events WHERE kind = 'stay.opened'",
    ),
    "tokens given": (
        "SELECT count(*) FROM tokens WHERE kind = 'access'",
        "SELECT count(*) FROM audit_events WHERE kind = 'token.given'",
    ),
}
COUNTS = "SELECT " + ", ".join(f"({one})" for pair in (*PAIRS.values(), [REVOKED]) for one in pair)


def beside(world: World) -> Database:
    """The same database through a connection of our own, which no fault takes from us."""
    if world.beside is None:
        world.beside = open_database(world.core.settings)
    return world.beside


def rows_of(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the tables that matter, in an order of its own."""
    with beside(world).read() as tx:
        found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        for table in tx.execute(text(FILLED)).scalars():
            every = tx.execute(text(f"SELECT * FROM {table}"))
            found[table] = sorted(map(tuple, every), key=repr)
        kinds = tx.execute(text("SELECT kind, outcome, count(*) FROM audit_events GROUP BY 1, 2"))
        return found | {"audit": sorted(map(tuple, kinds))}


def find_halves(world: World) -> list[str]:
    """What is half done, in words; nothing where all is well."""
    with beside(world).read() as tx:
        names = list(HALVES)
        halves = [names[number] for number in tx.execute(text(ANY_HALF)).scalars()]
        *counts, revoked = tx.execute(text(COUNTS)).one()
        for name, one, other in zip(PAIRS, counts[::2], counts[1::2], strict=True):
            if one != other:
                halves.append(f"{name}: {one} in the table, {other} in the audit")
        told = sum(json.loads(row.detail).get("count", 1) for row in tx.execute(text(TOLD)))
        if revoked != told:
            halves.append(f"grants revoked: {revoked} in the table, {told} in the audit")
    return halves


def verify_audit(world: World) -> Verdict:
    """Seal what waits, and prove the audit whole."""
    core = world.core
    sealer = Sealer(core.clock, world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass
    verdict = verify(core.database, world.provider.secrets.audit)
    assert verdict.unsealed == 0
    return verdict
