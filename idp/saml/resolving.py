# SPDX-License-Identifier: Apache-2.0
"""An application comes for what an artifact stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from idp.db import Tx
from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, not_allowed
from idp.logs import get
from idp.saml.answer import Answers, SamlResponder
from idp.saml.application import SamlApplication
from idp.saml.artifacts import Artifacts, WaitingStatus
from idp.saml.assertion import DONE, Statement, Status, status_element
from idp.saml.checks import Place, check_moment, check_version
from idp.saml.keys import SamlKeys
from idp.saml.names import VERSION, saml, samlp
from idp.saml.places import Places
from idp.saml.receive import Brought, Receiver, Untrusted
from idp.saml.signatures import sign
from idp.saml.soap import in_envelope, open_envelope, refused
from idp.saml.writing import element, identifier, moment, read_moment
from idp.saml.xml import Element, new_parser, text

RESOLVE = samlp("ArtifactResolve")
log = get("saml")


@dataclass(frozen=True, slots=True)
class Question:
    """SAML Core §3.5.1."""

    id: str
    version: str
    issued_at: int | None
    destination: str
    artifact: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was signed by the application it is of."""

    application: SamlApplication
    request: Question


@dataclass(frozen=True, slots=True)
class Told:
    """What the answer says, and the request that it answers."""

    payload: Mapping[str, Any]
    what: Statement | Status


class ArtifactEndpoint:
    """POST /saml/artifact."""

    def __init__(
        self,
        core: Core,
        receiver: Receiver,
        artifacts: Artifacts,
        responder: SamlResponder,
        answers: Answers,
        keys: SamlKeys,
        places: Places,
    ) -> None:
        self._core = core
        self._receiver = receiver
        self._artifacts = artifacts
        self._responder = responder
        self._answers = answers
        self._keys = keys
        self._places = places

    def __call__(self, call: Call) -> Answer:
        """Answer one application."""
        if call.method != "POST":
            return not_allowed("POST")
        message = open_envelope(call, RESOLVE)
        if isinstance(message, Reply):
            return message
        with self._core.database.read() as tx:
            asked = self._read(tx, message)
        if isinstance(asked, Untrusted):
            log.warning("an artifact was asked for in vain", why=asked.hint)
            return refused()
        with self._core.database.write() as tx:
            told = self._take(tx, asked, call)
        return in_envelope(self._respond(asked, told))

    def _read(self, tx: Tx, message: Element) -> Asked | Untrusted:
        """Whose question it is; SM-073: whoever has not signed it is told nothing."""
        found = self._receiver.verified(tx, Brought(b"", "", None), message, always=True)
        if isinstance(found, Untrusted):
            return found
        asked = Asked(found.application, read_question(found.element))
        place = Place(self._places.artifact, self._places.entity_id, self._core.clock.now())
        for doubt in (check_version, check_moment):
            why = doubt(asked, place)
            if why is not None:
                return why
        # The connection is ours alone; some applications name no Destination on it.
        if asked.request.destination not in {"", place.address}:
            hint = f"Destination is not {place.address}"
            return Untrusted("application-misconfigured", hint, application=asked.application)
        return asked

    def _take(self, tx: Tx, asked: Asked, call: Call) -> Told | None:
        """What waits behind the artifact, as things stand now."""
        application = asked.application
        found = self._artifacts.redeem(
            tx, application.application, asked.request.artifact, call.origin
        )
        if found is None:
            return None
        if isinstance(found, WaitingStatus):
            return Told(found.payload, found.status)
        what = self._responder.tell(
            tx, application, found.admission, found.payload, found.scope, call.origin
        )
        if isinstance(what, Statement):
            what = self._responder.accompany(tx, application, found.admission, what, call.origin)
        return Told(found.payload, what)

    def _respond(self, asked: Asked, told: Told | None) -> Element:
        """SAML Core §3.5.2, §3.5.3: a success, also where there is nothing behind an artifact."""
        heading = {
            "ID": identifier(self._core.entropy),
            "Version": VERSION,
            "IssueInstant": moment(self._core.clock.now()),
            "InResponseTo": asked.request.id,
        }
        issuer = element(saml("Issuer"), text=self._answers.entity_id)
        made = element(samlp("ArtifactResponse"), heading, issuer, status_element(DONE))
        if told is not None:
            inside = self._answers.written(told.payload, told.what, asked.application)
            made.append(etree.fromstring(inside.document, new_parser()))
        sign(made, self._keys.current())
        return made


def read_question(made: Element) -> Question:
    """The question of an element that the schema allows."""
    return Question(
        id=made.get("ID", ""),
        version=made.get("Version", ""),
        issued_at=read_moment(made.get("IssueInstant")),
        destination=made.get("Destination", ""),
        artifact=(text(made.find(samlp("Artifact"))) or "").strip(),
    )
