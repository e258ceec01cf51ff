# SPDX-License-Identifier: Apache-2.0
"""A request as a value: what the four steps ask (SPEC §3)."""

from dataclasses import dataclass, field
from enum import StrEnum

from idp.accounts.particulars import Visibility


class Stage(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    # Sent; the e-mail address is not confirmed yet.
    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"
    # More was asked for: the person is back at their draft.
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class CardShown:
    """The card that was read in step 1: the facts that its certificate vouches for."""

    serial: str
    kind: str
    national_id: str
    last_name: str
    first_name: str
    profession: str
    valid_until: int
    family: str
    authority: str
    certificate_serial: str


@dataclass(frozen=True, slots=True)
class Introduced:
    """Who somebody is by the word of a provider that they logged in at in step 1."""

    # Its means, as people log in by it.
    means: str
    national_id: str
    last_name: str
    first_name: str
    # Its code, as cards write it.
    profession: str
    at: int


@dataclass(frozen=True, slots=True)
class Details:
    """Step 2, field by field."""

    # 11 digits of RPPS or 9 characters of ADELI, without prefix; empty where the person has none.
    number: str = ""
    # Code of the nomenclature (TRE_G15), and what the pages call it.
    profession: str = ""
    profession_label: str = ""
    # Code of the savoir-faire, where there is one.
    speciality: str = ""
    speciality_label: str = ""
    visibility: Visibility = Visibility.PROFESSIONALS
    # Of the exercise (TRE_R11: DR, PR…), and the civility before the name.
    title: str = ""
    civility: str = ""
    last_name: str = ""
    first_name: str = ""
    birth_name: str = ""
    # As 1970-12-31.
    birth_date: str = ""
    country: str = ""
    street: str = ""
    po_box: str = ""
    post_code: str = ""
    city: str = ""
    cedex: str = ""
    department: str = ""
    # FINESS number of the establishment where they work; empty where it is none of ours.
    establishment: str = ""
    phone: str = ""
    emergency_phone: str = ""
    mobile: str = ""
    fax: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Step 3: « Centres d'intérêts »."""

    communities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the person said."""

    # Step 1: None before it was answered.
    has_card: bool | None = None
    card: CardShown | None = None
    details: Details = field(default_factory=Details)
    wishes: Wishes = field(default_factory=Wishes)
    # In the place of a card.
    introduced: Introduced | None = None

    @property
    def vouched(self) -> CardShown | Introduced | None:
        """Whoever else says who they are: number and name are theirs to say."""
        return self.card or self.introduced


@dataclass(frozen=True, slots=True)
class Request:
    """One request, opened."""

    id: str
    stage: Stage
    version: int
    content: Content
    step: int
    locale: str
    national_id: str
    establishment: str
    terms_version: str
    terms_at: int
    created_at: int
    updated_at: int
    expires_at: int
    sent_at: int | None = None
    submitted_at: int | None = None
    decided_at: int | None = None
    decided_by: str | None = None
    assigned_to: str | None = None
    answer: str = ""
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a request's history."""

    number: int
    at: int
    what: str
    by: str
    note: str
