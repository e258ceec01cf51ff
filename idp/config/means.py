# SPDX-License-Identifier: Apache-2.0
"""Settings of the means that need no card, of what is sent to people, and of alarms."""

from dataclasses import dataclass

from idp.config import checks
from idp.config.kinds import choice, flag, number, secret, setting, several, text, unset, whole
from idp.config.secret import Secret

MINUTE = 60
HOUR = 3600
DAY = 86400
PROFILES = ("long-rotation", "rotation", "portal", "modern")
PROFILES_OWN = "the profile's"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesSettings:
    """Password policies: a shipped profile for each population, until `sceau policies` sets one.

    Single rules of it are changed in `policy_professional`, `policy_patient` and `policy_staff`.
    """

    professional: str = setting(choice(*PROFILES), "Profile of professionals.", "long-rotation")
    patient: str = setting(choice(*PROFILES), "Profile of patients.", "portal")
    staff: str = setting(choice(*PROFILES), "Profile of staff.", "long-rotation")
    breach_list: str = setting(
        text("the path of a file", checks.check_file),
        "Known passwords, refused by policies that look: one SHA-1 in hexadecimal a line, sorted, "
        "optionally followed by `:count`.",
        "",
        shown="none beside the words that everybody guesses first",
    )
    temporary_life: int = setting(
        whole(3600, 60 * DAY, "seconds"),
        "A temporary password that an administrator gave is worth nothing after it.",
        7 * DAY,
    )
    forgotten_life: int = setting(
        whole(5 * MINUTE, DAY, "seconds"),
        "The same for one that a patient who forgot theirs was sent.",
        HOUR,
    )
    reset_life: int = setting(
        whole(5 * MINUTE, 60 * MINUTE, "seconds"), "A link to a new password.", 30 * MINUTE
    )
    reset_cooling: int = setting(
        whole(0, 30 * DAY, "seconds"),
        "So long after a change of e-mail address or mobile a forgotten password cannot be renewed "
        "by it.",
        DAY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsSettings:
    """Patients, whose accounts establishments open when they collect a consent."""

    consent_version: str = setting(
        text("a text of 1 to 32 characters", checks.check_given),
        "Which text patients agree to now; kept with each consent.",
        "1",
    )
    portal: str = setting(
        text("an http or https address", checks.check_page),
        "Where a patient's letter sends them to log in.",
        "",
        shown="this server's address",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """Rules of one population that are others than its profile's.

    Nothing below the sharing portal's six characters is accepted.
    """

    length: int | None = unset(whole(6, 64, "characters"), "Fewest characters.", shown=PROFILES_OWN)
    digits: int | None = unset(whole(0, 4), "Fewest digits.", shown=PROFILES_OWN)
    lower: int | None = unset(whole(0, 4), "Fewest lower-case letters.", shown=PROFILES_OWN)
    upper: int | None = unset(whole(0, 4), "Fewest upper-case letters.", shown=PROFILES_OWN)
    other: int | None = unset(
        whole(0, 4), "Fewest characters that are neither letters nor digits.", shown=PROFILES_OWN
    )
    history: int | None = unset(
        whole(0, 24),
        "So many in a row are different ones, the new one included.",
        shown=PROFILES_OWN,
    )
    valid_days: int | None = unset(
        whole(0, 3650, "days"),
        "After so long it is replaced; 0 for never. Four months are 122.",
        shown=PROFILES_OWN,
    )
    minimum_age: int | None = unset(
        whole(0, 30 * DAY, "seconds"),
        "So long a person waits before another change. A day is 86400.",
        shown=PROFILES_OWN,
    )
    strength: int | None = unset(
        whole(0, 4), "zxcvbn's score, shown while typing; 0 asks for none.", shown=PROFILES_OWN
    )
    breaches: bool | None = unset(
        flag(), "Whether the list of `policies.breach_list` is asked.", shown=PROFILES_OWN
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfessionalPolicySettings(PolicySettings):
    """Professionals: rules that are others than those of `policies.professional`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPolicySettings(PolicySettings):
    """Patients: rules that are others than those of `policies.patient`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPolicySettings(PolicySettings):
    """Staff: rules that are others than those of `policies.staff`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiersSettings:
    """How identifiers of new accounts are made."""

    pattern: str = setting(
        choice("flastname", "f.lastnam"),
        "First letter and whole last name, or first letter, dot, and at most 7 letters.",
        "flastname",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OtpSettings:
    """One-time codes by SMS or e-mail."""

    patient_life: int = setting(
        whole(MINUTE, 15 * MINUTE, "seconds"), "A patient's code.", 15 * MINUTE
    )
    life: int = setting(whole(MINUTE, 15 * MINUTE, "seconds"), "Everybody else's code.", 5 * MINUTE)
    resend_after: int = setting(
        whole(10, 300, "seconds"), "A new code may be asked for after so long.", 30
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesSettings:
    """The outbox, from which e-mails, SMS and notices to applications leave."""

    worker: str = setting(
        choice("inside", "apart"),
        "Delivered inside the server, or apart by `sceau worker`.",
        "inside",
    )
    keep: int = setting(
        whole(DAY, 365 * DAY, "seconds"),
        "How long it is remembered that a message was sent (its content goes at once).",
        90 * DAY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The server to which e-mails are handed."""

    host: str = setting(
        text(), "Its name or address; without one no e-mail leaves.", "", shown="none"
    )
    port: int = setting(whole(1, 65535), "Its port.", 587)
    security: str = setting(
        choice("starttls", "tls", "none"),
        "TLS after greeting, TLS from the start, or none (on this machine only).",
        "starttls",
    )
    user: str = setting(text(), "Name to log in with.", "", shown="none")
    password: Secret = setting(  # noqa: RUF009 - a field, made by our own helper
        secret("a text", lambda value: value), "Password to log in with.", Secret(""), shown="none"
    )
    ca_file: str = setting(
        text("the path of a file", checks.check_file),
        "Certificates to trust beside the system's.",
        "",
        shown="none",
    )
    sender: str = setting(
        text("an e-mail address", checks.check_email), "Address that e-mails come from.", ""
    )
    timeout: float = setting(number(1, 60, "seconds"), "Time for each step with it.", 10.0)
    per_address: int = setting(
        whole(1, 100_000),
        "E-mails an hour on the wish of one visitor's address (a hospital may be one address).",
        20,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """The provider of SMS."""

    provider: str = setting(
        choice("none", "twilio"), "Who sends them; without one codes go by e-mail only.", "none"
    )
    base_url: str = setting(
        text("https://host"), "Address of the provider's API.", "https://api.twilio.com"
    )
    account: str = setting(text(), "Twilio's account SID.", "", shown="none")
    token: Secret = setting(  # noqa: RUF009 - a field, made by our own helper
        secret("a text", lambda value: value), "Twilio's auth token.", Secret(""), shown="none"
    )
    sender: str = setting(
        text(), "Number, name or messaging service (MG…) that they come from.", "", shown="none"
    )
    countries: tuple[str, ...] = setting(
        several("a list of country prefixes such as +33", checks.check_country),
        "Countries that SMS go to; numbers elsewhere are refused (toll fraud).",
        ("+33", "+262", "+508", "+590", "+594", "+596", "+681", "+687", "+689"),
    )
    per_day: int = setting(
        whole(1, 10_000_000), "SMS a day, all together; then codes go by e-mail only.", 5000
    )
    per_address: int = setting(
        whole(1, 100_000),
        "SMS an hour on the wish of one visitor's address (a hospital may be one address).",
        10,
    )
    timeout: float = setting(number(0.5, 60, "seconds"), "Time for one call to it.", 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsSettings:
    """What raises an alarm, and who is told."""

    email: str = setting(
        text("an e-mail address", checks.check_email),
        "Who runs the installation: told of each alarm once.",
        "",
        shown="none: the log and the audit tell",
    )
    quiet: int = setting(
        whole(60, DAY, "seconds"), "An alarm ends so long after its cause was last seen.", 1800
    )
    window: int = setting(
        whole(60, DAY, "seconds"), "Failed logins are looked for so far back.", 600
    )
    failed: int = setting(whole(10, 1_000_000), "So many of them by password raise an alarm.", 100)
    failed_share: int = setting(
        whole(1, 100, "percent"),
        "As far as they are so large a part of all logins by password.",
        50,
    )
    codes: int = setting(
        whole(10, 1_000_000),
        "From so many codes on that were sent by SMS in an hour, it counts how many were used.",
        50,
    )
    codes_used: int = setting(
        whole(0, 100, "percent"),
        "Fewer raise an alarm; no SMS leaves for a country that has one.",
        20,
    )
