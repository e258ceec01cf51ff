# SPDX-License-Identifier: Apache-2.0
"""Messages in words: templates/mail and templates/sms, in the language of who receives them.

Apart from the pages' environment: a message is written outside of any request. Values are text
and nothing else (WB-008): what looks like a template or markup in a name stays what it is, and a
line break in it becomes a space (CR-023).
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from idp import paths
from idp.config import Settings
from idp.errors import Breakdown
from idp.messages.outcome import Rendered

PURPOSE = re.compile(r"[a-z]+(?:-[a-z]+)*")
# GSM 03.38: one character outside of it, and an SMS holds 70 instead of 160.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
NEAR = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "…": "...",
        "–": "-",
        "—": "-",
        "\u00a0": " ",
        "\u202f": " ",
        **dict(zip("âáãçêëîïíôóõûúÿÀÂÁÈÊËÎÏÍÔÓÙÛÚ", "aaaceeiiiooouuyAAAEEEIIIOOUUU", strict=True)),
    }
)


class Letters:
    """Fills `idp.messages.outcome.Render`."""

    def __init__(self, settings: Settings) -> None:
        region = settings.region
        self._default = settings.locale.default
        self._known = frozenset(settings.locale.available)
        self._site = settings.server.issuer + "/"
        self._face = {
            "server_name": region.server_name,
            "region": region.name,
            "manager": region.manager,
            "support_email": region.support_email,
            "support_phone": region.support_phone,
            "host": settings.server.host,
        }

    def render(
        self, channel: str, purpose: str, locale: str, values: Mapping[str, str | int]
    ) -> Rendered:
        """One message."""
        if not PURPOSE.fullmatch(purpose):
            raise Breakdown("a message names no template")
        link = str(values.get("link", self._site))
        if not link.startswith(self._site):
            # CR-042: a message leads to our own address, whatever a request called us.
            raise Breakdown("a message leads elsewhere")
        language = locale if locale in self._known else self._default
        context: dict[str, Any] = self._face | {"lang": language}
        context |= {name: _plain(value) for name, value in values.items()}
        if channel == "sms":
            return Rendered("", _in_gsm(_write(language, f"sms/{purpose}.txt", context)))
        subject, _, text = _write(language, f"mail/{purpose}.txt", context).partition("\n")
        html = _write(language, f"mail/{purpose}.html", context | {"subject": subject})
        return Rendered(subject, text.strip() + "\n", html)


def _write(language: str, template: str, context: Mapping[str, Any]) -> str:
    return _environment(language).get_template(template).render(context).strip() + "\n"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(paths.templates()),
        # By name alone: an address or a name in HTML is text.
        autoescape=select_autoescape(["html"], default_for_string=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue: NullTranslations = Translations.load(str(paths.translations()), [language])
    install: Any = environment
    install.install_gettext_translations(catalogue, newstyle=True)
    return environment


def _plain(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def _in_gsm(text: str) -> str:
    """The same words in the characters of which an SMS holds most, where they have them."""
    near = text.strip().translate(NEAR)
    return near if set(near) <= GSM else text.strip()
