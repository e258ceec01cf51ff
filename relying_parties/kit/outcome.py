# SPDX-License-Identifier: Apache-2.0
"""What can go wrong: refusals are values, breakdowns of the provider are exceptions."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a person does not get on; the value is the stable id of the page shown."""

    ACCESS_DENIED = "access-denied"
    LOGIN_REQUIRED = "login-required"
    LEVEL_NOT_REACHED = "level-not-reached"
    LOGIN_EXPIRED = "login-expired"
    LOGIN_MISMATCH = "login-mismatch"
    ANSWER_REFUSED = "answer-refused"
    PROVIDER_ERROR = "provider-error"
    PROVIDER_UNREACHABLE = "provider-unreachable"
    STEP_UP_NEEDED = "step-up-needed"
    FORM_EXPIRED = "form-expired"


STATUS = {
    Reason.ACCESS_DENIED: 403,
    Reason.LOGIN_REQUIRED: 403,
    Reason.LEVEL_NOT_REACHED: 403,
    Reason.LOGIN_EXPIRED: 400,
    Reason.LOGIN_MISMATCH: 400,
    Reason.ANSWER_REFUSED: 502,
    Reason.PROVIDER_ERROR: 502,
    Reason.PROVIDER_UNREACHABLE: 503,
    Reason.STEP_UP_NEEDED: 403,
    Reason.FORM_EXPIRED: 403,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """An expected refusal. `detail` is for the log, never for the page."""

    reason: Reason
    detail: str
    return_to: str = "/"


class ProviderUnreachable(Exception):
    """The provider did not answer, or answered with something that cannot be used."""


class SettingsError(ValueError):
    """The application was configured wrongly; all faults at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
