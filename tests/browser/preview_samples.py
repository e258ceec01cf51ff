# SPDX-License-Identifier: Apache-2.0
"""Sample data for the preview: every page in each of its states, with long names.

A sample is a function of the translator that returns the template and its context.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace as Thing
from typing import Any

Say = Callable[[str], str]
Sample = Callable[[Say], tuple[str, dict[str, Any]]]

LONG_NAME = "Marie-Françoise de La Rochefoucauld-Villeneuve"


def draw_logo(ground: str, shape: str) -> str:
    """A small application logo as a data address."""
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 56 56'>"
        f"<rect width='56' height='56' rx='14' fill='{ground}'/>"
        "<path fill='none' stroke='white' stroke-width='3' stroke-linecap='round' "
        f"d='{shape}'/></svg>"
    )
    return "data:image/svg+xml," + svg.replace("#", "%23").replace("<", "%3C").replace(">", "%3E")


DCC_LOGO = draw_logo("#3f5b8c", "M19 16h18v24H19zM24 24h8M24 31h8")
RCP_LOGO = draw_logo("#8a5a2b", "M17 20h22v20H17zM17 27h22M23 16v6M33 16v6")
MAIL_LOGO = draw_logo("#4f6f52", "M15 19h26v18H15zM15 21l13 10 13-10")

DCC = Thing(
    **{"name": "DCC", "logo_url": DCC_LOGO, "home_url": "/dcc", "terms_url": None},  # noqa: PIE804
    privacy_url="https://dcc.example/privacy",
    support_email="dcc@sante-centre.example",
)
LONG_APPLICATION = Thing(
    name="Messagerie sécurisée du Groupement hospitalier de territoire",
    logo_url=None,
    home_url=None,
    privacy_url=None,
    terms_url=None,
    support_email=None,
)


def shell(locale: str) -> dict[str, Any]:
    """What the context processor gives to every page."""
    french = locale == "fr"
    return {
        "region": Thing(
            server_name="Sceau",
            name="Région Centre-Val de Loire",
            logo_url=None,
            welcome="Bienvenue sur le serveur Sceau, Région Centre-Val de Loire"
            if french
            else "Welcome to Sceau, Région Centre-Val de Loire",
            access_manager="le GIP e-Santé Centre-Val de Loire",
            support_email="support@sante-centre.example",
            support_phone="02 38 00 00 00",
            legal_notice="",
        ),
        "version": "0.2.0",
        "locale": locale,
        "locales": [("fr", "Français"), ("en", "English")],
        "csrf": "sample",
        "person": None,
    }


def password_form(**changes: Any) -> Thing:
    """The password means' form, as asked for the first time unless told otherwise."""
    values = {
        "action": "#",
        "identifier": "",
        "error": None,
        "retry_at": None,
        "forgotten_url": "#",
        "passkey": None,
    }
    return Thing(**{**values, **changes})


def news() -> list[Thing]:
    """What everybody should know."""
    text = "Les applications seront indisponibles dimanche de 6 h à 7 h."
    return [Thing(kind="warning", text=text)]


def every_means(say: Say) -> list[Thing]:
    """The list of a region that offers everything."""
    rows = (
        ("password", say("Identifier and password"), ""),
        ("otp", say("One-time password"), say("A code by SMS or e-mail")),
        ("cps_card", say("CPS card reader"), say("Your card and its code")),
        ("calculette", say("CPS calculator"), say("Nomad reader, without a cable")),
        ("ecps", say("e-CPS"), say("The application on your phone")),
    )
    return [
        Thing(kind=kind, label=label, description=about, url="#", current=not place)
        for place, (kind, label, about) in enumerate(rows)
    ]


def login(
    *,
    several: bool = False,
    application: Thing | None = DCC,
    reason: str | None = None,
    **form: Any,
) -> Sample:
    """A login page in one of its states."""

    def sample(say: Say) -> tuple[str, dict[str, Any]]:
        means = every_means(say)
        links = [(say("Register"), "#"), (say("Change your account"), "#"), (say("Toolbox"), "#")]
        return "login/choose.html", {
            "journey": "j1",
            "announcements": news() if several else [],
            "application": application,
            "reason": reason,
            "own_page": False,
            "means": means if several else means[:1],
            "links": links if several else [],
            "form": password_form(**form),
        }

    return sample


def problem(
    name: str,
    title: str,
    sentence: str,
    *actions: tuple[str, bool],
    support: bool = False,
    hint: str | None = None,
) -> Sample:
    """An error page."""

    def sample(say: Say) -> tuple[str, dict[str, Any]]:
        return "errors/problem.html", {
            "problem": Thing(
                id=name,
                title=say(title),
                sentence=say(sentence),
                actions=[(say(label), "#", primary) for label, primary in actions],
                post=None,
                support=support,
                reference="9f2c71d04ab8",
                hint=hint,
            )
        }

    return sample


def logged_out(
    *states: str, continue_url: str | None = None, there: str = "", asking: str = ""
) -> Sample:
    """The end of a session."""
    names = ("DCC", "RCP", LONG_APPLICATION.name)

    def sample(_: Say) -> tuple[str, dict[str, Any]]:
        return "logout/done.html", {
            "applications": [
                Thing(name=n, state=s, again_url="#" if s == "failed" else "")
                for n, s in zip(names, states, strict=False)
            ],
            "providers": [Thing(name="Pro Santé Connect", state=there, url="#")] if there else [],
            "continue_url": continue_url,
            "asking": Thing(name=asking, knows=False) if asking else None,
        }

    return sample


def under_way(say: Say) -> tuple[str, dict[str, Any]]:
    """Applications are being told."""
    del say
    states = {"DCC": "reached", "RCP": "waiting", LONG_APPLICATION.name: "failed"}
    return "logout/under_way.html", {
        "applications": [
            Thing(id=str(number), name=name, state=state, frame="")
            for number, (name, state) in enumerate(states.items())
        ],
        "here": "#",
        "state_url": "#",
        "patience": 7,
    }


def leaving(say: Say) -> tuple[str, dict[str, Any]]:
    """The question before logging out."""
    del say
    return "logout/confirm.html", {
        "person": Thing(display_name=LONG_NAME),
        "logout": Thing(
            action="#",
            fields={"journey": "j1"},
            application="DCC",
            cancel_url="#",
            applications=["DCC", "RCP", LONG_APPLICATION.name],
        ),
    }


def posting(say: Say) -> tuple[str, dict[str, Any]]:
    """The form that carries the answer (photographed before it is sent)."""
    del say
    return "login/handover.html", {"application": "DCC", "action": "#", "fields": [("code", "x")]}


def consenting(say: Say) -> tuple[str, dict[str, Any]]:
    """The question before an application learns something."""
    return "login/consent.html", {
        "consent": Thing(
            application=Thing(name="RCP", logo_url=RCP_LOGO, home_url=None),
            action="#",
            fields={},
            claims=[
                Thing(label=say("Name"), value=LONG_NAME),
                Thing(
                    label=say("E-mail"), value="marie-francoise.delarochefoucauld@chu-tours.example"
                ),
                Thing(label="RPPS", value="10003456789"),
            ],
        )
    }


def portal(*, empty: bool = False) -> Sample:
    """The portal, full or without any application."""

    def sample(say: Say) -> tuple[str, dict[str, Any]]:
        rows = [
            ("DCC", "Dossier communicant de cancérologie", DCC_LOGO, None),
            ("RCP", "Agenda des réunions de concertation pluridisciplinaire", RCP_LOGO, None),
            (LONG_APPLICATION.name, "", None, None),
            ("Messagerie sécurisée", "", MAIL_LOGO, say("Opens with your CPS card or e-CPS.")),
            ("Périnat Centre", "", None, say("Open to the members of Périnat Centre.")),
        ]
        applications = [
            Thing(
                name=name,
                description=about,
                logo_url=logo,
                url="#",
                missing=missing,
                more=None,
                mend_url=None,
            )
            for name, about, logo, missing in rows
        ]
        return "portal/home.html", {
            "person": Thing(display_name=LONG_NAME, first_name="Marie-Françoise"),
            "applications": [] if empty else applications,
            "announcements": [] if empty else news(),
            "account_url": "#",
            "console_url": None,
            "logout_url": "#",
        }

    return sample


def visiting(say: Say) -> tuple[str, dict[str, Any]]:
    """The public page."""
    del say
    return "portal/welcome.html", {
        "login_url": "#",
        "register_url": "#",
        "announcements": news(),
    }


def managing(say: Say) -> tuple[str, dict[str, Any]]:
    """The account page."""
    sessions = [
        Thing(
            device="Firefox, Windows",
            place="CHU de Tours, 192.0.2.14",
            since="5 novembre, 8:12",
            applications=["DCC", "RCP"],
            current=True,
            end_url="#",
        ),
        Thing(
            device="Safari, iPhone",
            place="198.51.100.7",
            since="4 novembre, 19:40",
            applications=[],
            current=False,
            end_url="#",
        ),
    ]
    used = [
        Thing(name="DCC", last_used="5 novembre, 8:12"),
        Thing(name=LONG_APPLICATION.name, last_used="3 novembre 2025"),
    ]
    details = [say("Name"), say("Identifier"), say("Date of birth"), say("E-mail")]
    given = [
        Thing(application="RCP", details=details, given="5 novembre 2025", withdraw_url="#"),
        Thing(
            application=LONG_APPLICATION.name,
            details=[say("Phone")],
            given="3 novembre 2025",
            withdraw_url="#",
        ),
    ]
    return "account/home.html", {
        "person": Thing(display_name=LONG_NAME),
        "account": Thing(
            name=LONG_NAME,
            identifier="mdelarochefoucauldvilleneuve",
            email="marie-francoise.delarochefoucauld@chu-tours.example",
            sessions=sessions,
            done=say("The session has ended."),
            applications=used,
            consents=given,
            portal_url="#",
            console_url=None,
        ),
    }


def reading(say: Say) -> tuple[str, dict[str, Any]]:
    """A page of text."""
    return "pages/text.html", {
        "page": Thing(
            title=say("Accessibility"),
            support=True,
            paragraphs=[
                "Sceau est conçu pour tous : au clavier, avec un lecteur vocal, en grand.",
                "## Signaler une difficulté",
                "Si une page vous résiste, dites-le-nous : nous répondrons et corrigerons.",
            ],
        )
    }


SAMPLES: dict[str, Sample] = {
    "login": login(),
    "login-means": login(several=True),
    "login-wrong": login(error="wrong", identifier="mdelarochefoucauld"),
    "login-locked": login(several=True, error="locked", retry_at="14:32", identifier="adupont"),
    "login-exhausted": login(several=True, error="exhausted", retry_at="22 novembre 2026, 14:32"),
    "login-overloaded": login(error="overloaded", identifier="adupont"),
    "login-step-up": login(several=True, reason="step-up", application=LONG_APPLICATION),
    "login-again": login(reason="reauthenticate", identifier="adupont"),
    "login-portal": login(application=None, reason="expired"),
    "problem-expired": problem(
        "journey-expired",
        "The page had been open for too long",
        "For your safety this login has expired. Start it again: it takes a few seconds.",
        ("Go to the home page", True),
    ),
    "problem-application": problem(
        "application-misconfigured",
        "The application sent an incorrect request",
        "Nothing is wrong on your side. Tell the support of the application.",
        ("Go to the home page", True),
        support=True,
        hint="redirect_uri https://dcc.example/callback2 is not registered for client dcc",
    ),
    "problem-level": problem(
        "level-unreachable",
        "A stronger way of logging in is needed",
        "This application asks for a proof that your account cannot give here yet.",
        ("Try again", True),
        ("Go to the home page", False),
        support=True,
    ),
    "problem-500": problem(
        "server-error",
        "Something went wrong on our side",
        "It has been recorded. Try again; if it happens once more, tell support.",
        ("Go to the home page", True),
        support=True,
    ),
    "consent": consenting,
    "portal": portal(),
    "portal-empty": portal(empty=True),
    "welcome": visiting,
    "account": managing,
    "text": reading,
    "logout-confirm": leaving,
    "logout-done": logged_out("reached", "reached", continue_url="#"),
    "logout-under-way": under_way,
    "logout-elsewhere": logged_out(
        "reached", "reached", continue_url="#", there="waiting", asking="RCP"
    ),
    "logout-partly": logged_out("reached", "failed", "untold"),
    "logout-alone": logged_out(),
    "form-post": posting,
}
