# SPDX-License-Identifier: Apache-2.0
"""What some means can do and others cannot: one small interface for each ability."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Protocol, runtime_checkable

from connectors.base import Attempt, Evidence, Refused, VerifiedIdentity
from connectors.launches import Launch, NotLaunched
from connectors.ports import Calculette, Match, NewPasskey


@runtime_checkable
class Personal(Protocol):
    """A means that a person must have set up before they can use it."""

    def lacks(self, account: str) -> str | None:
        """What this person still lacks to use it: a word for the page; None where they can."""


@runtime_checkable
class Manifold(Protocol):
    """A means that judges several secrets of a person: tries of one say nothing of the others."""

    def secret_of(self, evidence: Evidence) -> str:
        """Which of them the evidence tries; empty for the usual one."""


@runtime_checkable
class Spells(Protocol):
    """A means that is told names which are written in several ways, a card number for instance."""

    def spelling(self, typed: str) -> str:
        """The one spelling that stands for all of them."""


@runtime_checkable
class Stepwise(Protocol):
    """A means with steps that judge nothing: they are open to everybody alike, and not counted."""

    def tries(self, evidence: Evidence) -> bool:
        """Whether the evidence tries a secret."""


@runtime_checkable
class MakesPasskeys(Protocol):
    """A means whose proof an authenticator makes, at the browser's request, and keeps."""

    def invite(self, binding: str, subject: str, name: str, shown: str) -> Mapping[str, Any]:
        """What the browser is asked to make, for somebody known by these names."""

    def judge(self, binding: str, answer: str) -> NewPasskey | Refused:
        """What came of it."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """How a person's device learns a seed: an address that it can open, and its picture."""

    address: str = field(repr=False)
    # SVG.
    picture: str = field(repr=False)


@runtime_checkable
class Pairs(Protocol):
    """A means whose seed a person's own device takes over from the page."""

    def pairing(self, seed: str, issuer: str, name: str) -> Pairing:
        """How a device learns this seed, under these names."""

    def step_of(self, seed: str, typed: str) -> int | None:
        """The step of a code that shows that a device has learned the seed; None for no such."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a workstation says of a card that somebody logged in with; its signature is right."""

    public_key: bytes = field(repr=False)
    sequence: int
    present: bool


@runtime_checkable
class Watches(Protocol):
    """A means that can tell, as long as a session lasts, whether what proved it is still there."""

    def word(self, text: str) -> Word | None:
        """What a workstation says; None where it is not said as it must be."""


class Verifier(Protocol):
    """An algorithm of readers; a vendor's own takes the place of OCRA by this interface alone."""

    # As batches of readers name it.
    name: str

    def unfit(self, suite: str) -> str:
        """Why a reader of this suite can't be used here; nothing where it can."""

    def wants_pin(self, suite: str) -> bool:
        """Whether the PIN goes into the answers."""

    def hash_pin(self, suite: str, pin: str) -> bytes:
        """A PIN as the suite takes it: what is kept in its place."""

    def counts(self, suite: str) -> bool:
        """Whether the reader counts its answers."""

    def step(self, suite: str) -> int:
        """Seconds of a step of the reader's clock; 0 where it has none."""

    def match(self, held: Calculette, challenge: str, answer: str, at: int) -> Match | None:
        """Where the answer belongs; None where it is wrong. As much work for any of them."""


@runtime_checkable
class Unguessable(Protocol):
    """A means that is proved by a key: nobody guesses one, so failed tries say nothing of a person.

    Whoever throws somebody's public certificate at us must not lock its owner out.
    """

    def counter_of(self, attempt: Attempt) -> str:
        """What failed tries are counted on beside the address, in place of an account."""


@dataclass(frozen=True, slots=True)
class PresentedCard:
    """A card as its certificate told it."""

    serial: str
    kind: str
    valid_until: int
    # The public key of the authority that issued its certificate, and the certificate's number.
    authority: str
    certificate_serial: str
    # What its workstation tells of it with, as long as the session lasts; empty where none does.
    presence_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Practice:
    """One place and way in which somebody practises, in the codes of the health sector.

    A profession in training is `G16-` and its code; a structure is named by the digit that says by
    what it is known, and that number.
    """

    profession_code: str = ""
    category: str = ""
    speciality_code: str = ""
    mode: str = ""
    sector: str = ""
    finess: str = ""
    siret: str = ""
    structure: str = ""
    post_code: str = ""
    town: str = ""
    phone: str = ""
    section: str = ""
    structure_number: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """The session elsewhere by which somebody came: it may end first, or go on after ours."""

    # Who they are there, and what their session is called; empty where they give it no name.
    subject: str = field(repr=False)
    name: str = field(repr=False)
    # What it can be ended with; empty where that is not wished.
    token: str = field(repr=False)
    # The means whose notices end it, where it is another one at the same provider.
    means: str = ""
    # When they said so, by their own clock.
    at: int = 0


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody as another provider knows them: its name and theirs together are the key (BR-010).

    The same subject of another issuer is somebody else; an e-mail address is nobody's key.
    """

    # What the provider is called here, and the version of its settings that it was asked by.
    provider: str
    version: int
    issuer: str
    subject: str = field(repr=False)
    # What its owner knows it by; nothing is decided by it.
    label: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Introduction:
    """Somebody as those who know them outside tell: not an account, maybe nobody we know."""

    # Empty where it is not told, or where those who tell it are not believed in this.
    national_id: str = field(repr=False)
    # Whose word it is: authorities of one family speak of the same people.
    family: str
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    profession: str = ""
    card: PresentedCard | None = field(default=None, repr=False)
    # False where nobody could say whether it is still good, and the policy lets it pass.
    certain: bool = True
    # All that they practise; None where those who vouch for them don't tell.
    practices: tuple[Practice, ...] | None = field(default=None, repr=False)
    tie: Tie | None = field(default=None, repr=False)
    # Who they are to the provider that tells; None where the national identifier is all there is.
    peer: Peer | None = field(default=None, repr=False)


@runtime_checkable
class Leads(Protocol):
    """A means for which the browser goes to another site, and comes back from there."""

    def sites(self) -> tuple[str, ...]:
        """The origins that its form may lead to."""


# Under what a posted answer is put aside, beside what the browser left with.
TOLD: Final = "told"


@runtime_checkable
class ReadsPosts(Protocol):
    """A means whose answer the browser posts from the other site, and so without cookies of ours.

    What it comes to is put aside in the journey that it names. The browser is sent on to its usual
    way back, where its cookies tell whose it is, and where it is judged, under `TOLD`: by the
    browser that posted it alone, so that whoever sends somebody else there has nothing of it.
    """

    def read_post(self, kept: Mapping[str, Any], posted: str) -> Mapping[str, Any]:
        """What an answer to what was put aside says; JSON."""


class LogoutThere(Enum):
    """Whether somebody who logs out here does so elsewhere, too."""

    NEVER = "never"
    # They are told that they may.
    OFFERED = "offered"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Ended:
    """Somebody's session elsewhere, or all of theirs there, is over."""

    # As ties have them; either may be empty.
    subject: str = field(repr=False)
    name: str = field(repr=False)
    # What was said counts once; nobody could say it again after this moment.
    once: str = field(repr=False)
    worthless_at: int
    # When they said so, by their own clock.
    at: int = 0


@runtime_checkable
class LogsOut(Protocol):
    """A means whose sessions elsewhere can be ended from here, and that tells when they end."""

    @property
    def logout_there(self) -> LogoutThere:
        """What the operator wishes."""

    def way_out(self, token: str, state: str) -> str | None:
        """Where the browser ends a session there; None where nobody answers."""

    def ended(self, told: str) -> Ended | Refused:
        """What they say has ended there, where it is they who say it."""


@runtime_checkable
class BeginsElsewhere(Protocol):
    """A means that nobody chooses on a page: a program sends word of somebody first."""

    def receive(self, token: str) -> Launch | NotLaunched:
        """Judge what a program sent, before there is any journey; nothing is used up."""

    def facts(self, token: str) -> Mapping[str, str]:
        """What it says of itself, believed by nobody, and nothing of people."""


@runtime_checkable
class Introduces(Protocol):
    """A means whose subject is a person known outside, not an account."""

    def introduce(self, identity: VerifiedIdentity) -> Introduction:
        """Who came, as this means tells of them."""


@runtime_checkable
class Tries(Protocol):
    """A means that can be tried on a workstation without logging anybody in."""

    def trial(self, visitor: str) -> str:
        """What the workstation is asked to have signed, in this visitor's browser."""

    def judge_trial(self, visitor: str, form: Mapping[str, str]) -> str:
        """One word: accepted, or why not."""
