# SPDX-License-Identifier: Apache-2.0
"""Settings of Pro Santé Connect."""

from dataclasses import dataclass

from idp.config import checks
from idp.config.kinds import choice, flag, number, secret, setting, several, text, whole
from idp.config.secret import Secret

CLASSES = ("eidas1", "eidas2", "eidas3")


@dataclass(frozen=True, slots=True, kw_only=True)
class PscSettings:
    """Pro Santé Connect: professionals log in there, by card or by the e-CPS of their phone."""

    environment: str = setting(
        choice("none", "production", "sandbox", "other"),
        "Which one: the agency's own two (`sandbox` is its « bac à sable »), or `other`, described "
        "by `psc.issuer`, `psc.description` and `psc.origins`.",
        "none",
    )
    issuer: str = setting(
        text("an http or https address", checks.check_page),
        "Issuer of another one, word by word as its tokens have it.",
        "",
        shown="that of the environment",
    )
    description: str = setting(
        text("an http or https address", checks.check_page),
        "Where another one describes itself.",
        "",
        shown="that of the environment",
    )
    origins: tuple[str, ...] = setting(
        several("a list of https://host or https://host:port", checks.check_issuer),
        "Further origins at which another one serves.",
        (),
        shown="those of the environment",
    )
    client_id: str = setting(text(), "Our name there.", "", shown="none")
    client_secret: Secret = setting(  # noqa: RUF009 - a field, made by our own helper
        secret("a text", lambda value: value),
        "Our secret there; none where our certificate proves us.",
        Secret(""),
        shown="none",
    )
    tls_certificate: str = setting(
        text("the path of a PEM file", checks.check_file),
        "Certificate of the IGC-Santé (ORG AUTH_CLI) that we show there, with its chain.",
        "",
        shown="none",
    )
    tls_key: str = setting(
        text("the path of a PEM file", checks.check_file), "Its private key.", "", shown="none"
    )
    card_level: int = setting(
        whole(1, 3), "What a login there by card is worth here, as a level.", 3
    )
    mobile_level: int = setting(
        whole(1, 3), "What a login there by the e-CPS is worth here, as a level.", 3
    )
    lowest_class: str = setting(
        choice(*CLASSES), "A login there of a lower class (`acr`) is worth level 1.", "eidas1"
    )
    max_age: int = setting(
        whole(0, 4 * 3600, "seconds"),
        "A login there may be so old. 0: people prove themselves there each time, also where the "
        "workstation is shared with somebody who has not logged out there.",
        0,
    )
    logout: str = setting(
        choice("never", "offered", "always"),
        "Whether people who log out here log out there, too: `offered` tells them that they may, "
        "`always` sends them there and back. With a `psc.max_age` above 0, `always` keeps the "
        "next person at a shared workstation from coming in by the session left there.",
        "offered",
    )
    ciba: bool = setting(
        flag(),
        "Log in by e-CPS on our own page, too, as the means `ecps`. The agency must have activated "
        "CIBA for our service.",
        default=False,
    )
    ciba_requests: bool = setting(
        flag(),
        "Ask the e-CPS at once for what an application asks of somebody elsewhere (CIBA), where it "
        "takes the means `ecps` and its `binding_message` is two digits.",
        default=False,
    )
    ciba_per_address: int = setting(
        whole(1, 100_000),
        "So many of these requests may leave in ten minutes on the wish of one address, which may "
        "be a whole hospital's.",
        200,
    )
    timeout: float = setting(
        number(0.5, 15, "seconds"), "Time for one exchange with it, all included.", 5.0
    )
