# SPDX-License-Identifier: Apache-2.0
"""What a connector may ask of its host. Each port is as narrow as its one consumer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class PasswordStore(Protocol):
    """Identifiers and their passwords, seen from outside."""

    def find(self, identifier: str) -> str | None:
        """The subject behind an identifier or e-mail address as typed, or None."""

    def match(self, subject: str | None, password: str) -> str | None:
        """The mark of the subject's password, where this is it; None where it is not.

        Costs the same for a subject that is None.
        """


class Challenges(Protocol):
    """Values to be signed: for one purpose, for a while. Nothing is written to make one."""

    def issue(self, binding: str) -> bytes:
        """A value that nobody can foretell, bound to where it is going to be used."""

    def is_ours(self, binding: str, challenge: bytes) -> bool:
        """Whether it was issued for this very use, and not too long ago."""


@dataclass(frozen=True, slots=True)
class Site:
    """The provider as browsers know it: from the configuration, never from a request."""

    host: str
    # Scheme, host and port of its pages.
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as an account holds it."""

    id: str
    subject: str
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    transports: tuple[str, ...] = ()
    # The subject whose handle the authenticator holds, where it is another: a duplicate account.
    made_for: str = ""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What an authenticator told of the passkey that it has just made."""

    # What it answered to: one answer is taken once.
    challenge: bytes = field(repr=False)
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    counter: int
    transports: tuple[str, ...]
    model: str
    backed_up: bool


class PasskeyStore(Protocol):
    """The passkeys of all accounts."""

    def handle(self, subject: str) -> bytes:
        """What an authenticator knows an account by: it tells nobody who that is."""

    def of(self, subject: str) -> Sequence[Passkey]:
        """The passkeys of an account."""

    def find(self, credential: bytes) -> Passkey | None:
        """The passkey of this name, as its authenticator calls it."""

    def use(self, passkey: Passkey, challenge: bytes, counter: int, *, backed_up: bool) -> bool:
        """Take note of a use, once for each challenge; False where it must not count."""


@dataclass(frozen=True, slots=True)
class Way:
    """A channel by which a code can reach somebody, and as much of where as may be shown."""

    # sms or email.
    channel: str
    shown: str
    # Whether a message would leave now, so far as anybody knows.
    up: bool


@dataclass(frozen=True, slots=True)
class SentCode:
    """The code last sent in an attempt, without the code."""

    channel: str
    shown: str
    # Seconds for which it is still good; 0 once it was used, is too old, or was tried too often.
    left: int
    # Seconds until another one may be sent the same way.
    resend_in: int


class Posting(Enum):
    """What became of the wish to have a code sent."""

    SENT = "sent"
    # The last one was sent a moment ago.
    TOO_EARLY = "too-early"
    # Not this way, for a while: too many were sent.
    TOO_MANY = "too-many"
    # Not this way now: whoever carries it is down.
    DOWN = "down"
    # The person has no such address, or one that nothing is sent to.
    NO_WAY = "no-way"


class Judged(Enum):
    """What a typed code is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    # There is no live code: none was asked for, or it is too old, used, or tried too often.
    OVER = "over"


class CodeDesk(Protocol):
    """One-time codes for a login: sent to addresses that the person has verified, judged once."""

    def lacks(self, account: str) -> str | None:
        """What this person lacks to be sent codes: a word for the page; None where they can."""

    def ways(self, account: str) -> Sequence[Way]:
        """How a code can reach this person."""

    def last(self, account: str, attempt: str) -> SentCode | None:
        """The code last sent in this attempt."""

    def send(
        self,
        account: str,
        attempt: str,
        channel: str,
        application: str | None,
        address: str,
        *,
        known: bool = False,
    ) -> Posting:
        """Send a new code on the wish of a visitor's address; the one before it is over.

        The wish of somebody known in their browser does not count for the address.
        """

    def judge(
        self, account: str, attempt: str, typed: str, *, keep: bool = False
    ) -> tuple[Judged, str]:
        """Judge a typed code, and say by which channel it came.

        A right one is right once, or stays good where it is to be kept.
        """


class Clock(Protocol):
    """What time it is."""

    def now(self) -> int:
        """Seconds since the epoch, UTC."""


class AuthenticatorStore(Protocol):
    """The authenticator apps of accounts."""

    def is_set_up(self, subject: str) -> bool:
        """Whether the subject has an app."""

    def seed(self, subject: str) -> str | None:
        """The seed that the subject's app has learned, in base 32."""

    def take(self, subject: str, step: int) -> bool:
        """Take a step; True once, and only for a step after all that were taken before."""


class RecoveryStore(Protocol):
    """The codes that people keep on paper for the day when their app is gone."""

    def use(self, subject: str, typed: str, *, keep: bool) -> bool:
        """Whether this is an unused code of the subject's; it is used from now on, or kept."""


class Distrust(Enum):
    """Why a certificate is not believed."""

    MALFORMED = "malformed"
    UNKNOWN_AUTHORITY = "unknown-authority"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation-unknown"
    WRONG_USE = "wrong-use"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Trusted:
    """A certificate that stands under an authority which the operator has named."""

    # The operator's name for authorities that speak of the same people.
    family: str
    # SHA-256 of the public key of the authority that issued it, in hexadecimal.
    authority: str
    valid_until: int
    # False where nobody could say whether it is revoked, and the policy lets it pass.
    certain: bool


class TrustStore(Protocol):
    """Authorities, and what they have revoked."""

    def judge(self, certificate: bytes, application: str | None) -> Trusted | Distrust:
        """Whether this certificate (DER) is believed, for this application.

        It may ask elsewhere: never inside a transaction.
        """


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a challenge is shown to: somebody known already, or whoever was typed."""

    account: str | None
    # An identifier or a card number, as it was typed.
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A number to be typed into a reader."""

    id: str
    digits: str
    # Seconds for which it is still good; 0 once it can't be answered any more.
    left: int


@dataclass(frozen=True, slots=True)
class Calculette:
    """What is known of somebody's reader, to judge an answer by."""

    card: str
    subject: str
    verifier: str
    suite: str
    secret: bytes = field(repr=False)
    # The hash of the card's code, where it goes into answers.
    pin: bytes = field(default=b"", repr=False)
    # The first that has not been used.
    counter: int = 0
    # Steps by which its clock is off.
    drift: int = 0
    # Where the next answer must belong, after one from further off than usual.
    awaited: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Where a right answer belongs."""

    # None where the reader does not count.
    counter: int | None
    drift: int
    # Whether it is where the reader was known to be.
    near: bool = field(kw_only=True)


class CalculetteStore(Protocol):
    """Readers, and the challenges shown for them: to anybody, and judged three times at most."""

    def find(self, typed: str) -> str | None:
        """The subject behind an identifier, an e-mail address or a card number."""

    def spelling(self, typed: str) -> str:
        """The one spelling of it: the bare number of a card, or the name as it is looked for."""

    def lacks(self, account: str) -> str | None:
        """What this person lacks to use one: a word for the page; None where they can."""

    def held(self, holder: Holder) -> Sequence[Calculette]:
        """The readers that can be used now; one that answers nothing where there is none."""

    def last(self, attempt: str, holder: Holder) -> Challenge | None:
        """The challenge shown to them in this attempt, whether it can still be answered or not."""

    def issue(self, attempt: str, holder: Holder, instead: str = "") -> Challenge:
        """The live challenge of this attempt, or a new one; a new one `instead` of the one named.

        Whoever is named gets one, so that nothing is learned of who exists (CR-030).
        """

    def take(self, attempt: str, holder: Holder, challenge: str) -> str | None:
        """The digits of a challenge, for one judgement; None where it can't be answered any more.

        Counted before it is judged, so that parallel answers do not slip past.
        """

    def spend(self, attempt: str, challenge: str) -> None:
        """No further answer to it is judged; one that is being judged already may still count."""

    def settle(self, attempt: str, challenge: str, held: Calculette, match: Match) -> bool:
        """End a challenge that was answered right, and move the reader on; True only once."""

    def await_next(self, attempt: str, challenge: str, held: Calculette, match: Match) -> None:
        """End a challenge whose answer is from further off, and wait for the one after it."""


class CardDesk(Protocol):
    """Cards of the CPS family, as their host keeps them."""

    def lacks(self, account: str) -> str | None:
        """What this person lacks to log in by card: a word for the page; None where they can."""

    def take(self, challenge: bytes) -> bool:
        """Use a challenge up; False where it was used before."""

    def revoked(self, serial: str, certificate_serial: str) -> None:
        """Its authority has revoked the certificate of this card: nothing stands on it any more."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What somebody else's server answered."""

    status: int
    body: bytes = field(repr=False)
    # Of its media type, in lower case, without parameters.
    kind: str = ""


class Http(Protocol):
    """Somebody else's server, over the guarded way out: bounded in time, size and number."""

    def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpAnswer | None:
        """One exchange; None where there was no answer that may be used."""
