# SPDX-License-Identifier: Apache-2.0
"""Whether the server lives, and whether it can serve: for probes and load balancers."""

from sqlalchemy import text

from idp.db import Database
from idp.http.wire import Answer, Call, Endpoint, json_reply, not_allowed
from idp.keys.store import KeyStore

ONE = text("SELECT 1")


def live(call: Call) -> Answer:
    """The process answers."""
    if call.method not in {"GET", "HEAD"}:
        return not_allowed("GET", "HEAD")
    return json_reply({"status": "live"})


def ready_probe(database: Database, keys: KeyStore, algorithm: str) -> Endpoint:
    """The probe of readiness: the database answers and there is a key to sign with."""

    def ready(call: Call) -> Answer:
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        with database.read() as tx:
            tx.execute(ONE)
        keys.signer(algorithm)
        return json_reply({"status": "ready"})

    return ready
