# SPDX-License-Identifier: Apache-2.0
"""What the window says: in French, or in English where the workstation speaks it."""

import locale
from dataclasses import dataclass

from connectors.cps_card.agent.window import Question


@dataclass(frozen=True, slots=True)
class Words:
    """All sentences of one language."""

    title: str
    # {site}, then {host}.
    asks: str
    purposes: dict[str, str]
    card: str
    tries: str
    wrong: str
    prompt: str
    on_pinpad: str
    typing: str
    agree: str
    submit: str
    cancel: str
    stranger: str


FRENCH = Words(
    title="Lecteur CPS",
    asks="{site} ({host}) demande votre carte",
    purposes={
        "login": "pour vous connecter.",
        "registration": "pour votre inscription.",
        "toolbox": "pour vérifier votre poste.",
    },
    card="Carte : {card}",
    tries="Il vous reste {tries} tentative(s) pour la carte {card}",
    wrong="Ce n’est pas le code de la carte.",
    prompt="Saisissez votre Code Porteur",
    on_pinpad=(
        "Après «\u00a0Continuer\u00a0», saisissez votre Code Porteur sur le clavier du lecteur."
    ),
    typing="Saisissez maintenant votre Code Porteur sur le clavier du lecteur…",
    agree="Continuer",
    submit="Valider",
    cancel="Annuler",
    stranger="Vous n’êtes pas en train de vous connecter à ce site\u00a0? Annulez.",
)
ENGLISH = Words(
    title="CPS reader",
    asks="{site} ({host}) asks for your card",
    purposes={
        "login": "to log you in.",
        "registration": "for your registration.",
        "toolbox": "to check your workstation.",
    },
    card="Card: {card}",
    tries="You have {tries} tries left for the card {card}",
    wrong="This is not the PIN of the card.",
    prompt="Enter your card’s PIN",
    on_pinpad="Enter your card’s PIN on the reader’s keys after “Continue”.",
    typing="Now enter your card’s PIN on the reader’s keys…",
    agree="Continue",
    submit="Validate",
    cancel="Cancel",
    stranger="Not logging in to this site just now? Cancel.",
)


def words_for(language: str = "") -> Words:
    """The chosen language, or the workstation's; French where it is neither of the two."""
    chosen = language or (locale.getlocale()[0] or "")
    return ENGLISH if chosen.lower().startswith("en") else FRENCH


def host_of(origin: str) -> str:
    """The site's address as people know it; the scheme only where it is not the usual one."""
    return origin.removeprefix("https://")


def who_asks(words: Words, question: Question) -> str:
    """Which site asks, and what for."""
    asks = words.asks.format(site=question.site, host=host_of(question.origin))
    return f"{asks} {words.purposes[question.purpose]}"


def which_card(words: Words, question: Question) -> str:
    """The card, and how many wrong PINs it still takes where it tells."""
    if question.tries is None:
        return words.card.format(card=question.card)
    return words.tries.format(tries=question.tries, card=question.card)
