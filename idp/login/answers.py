# SPDX-License-Identifier: Apache-2.0
"""How a login's end reaches an application: the port that each protocol's edge fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from idp.applications.values import Application
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.device_requests import DeviceRequest
from idp.login.flow import Refusal
from idp.login.request import LoginRequest
from idp.origin import Origin


@dataclass(frozen=True, slots=True)
class Handover:
    """Where the browser goes now: by redirect, or by posting `fields` there."""

    url: str
    fields: Mapping[str, str] | None = None
    # What the browser keeps of it beside, as the edge that answers says it.
    headers: tuple[tuple[str, str], ...] = ()


class Responder(Protocol):
    """A protocol's way to answer a login request."""

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """Hand the admitted person to the application."""

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """Tell the application why nobody comes; None where only a page can tell it."""

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """The sites a form's answer may lead to (CSP form-action)."""


class DeviceDesk(Protocol):
    """How a login begins that a device without a browser asked for."""

    def begin(self, tx: Tx, asked: DeviceRequest) -> LoginRequest | None:
        """What its person has to prove and to agree to; None where it may ask no more."""


class Teller(Protocol):
    """A protocol's way to tell an application that a session has ended."""

    def tell(self, application: str, account: str, session: str, label: str) -> bool | None:
        """True: told. False: not reached. None: this application can't be told."""


class Parting(Protocol):
    """A protocol's part in a logout that the browser carries to applications."""

    @property
    def is_silent(self) -> bool:
        """Whether applications answer nothing: they are told once their page is there."""

    def site(self, application: Application) -> str:
        """The site to which the browser would be led (CSP frame-src); none where it can't be."""

    def lead(
        self, application: Application, account: str, session: str, asked: str
    ) -> Handover | None:
        """Where the browser says that the session is over; `asked` names the question."""

    def answer(self, payload: Mapping[str, Any], *, complete: bool) -> Handover | None:
        """Where the browser goes on, to whoever asked for the logout; None where it is gone."""
