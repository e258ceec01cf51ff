# SPDX-License-Identifier: Apache-2.0
"""What the toolbox can say of a browser."""

from flask_babel import gettext as _

from idp.web.toolbox_answers import BAD, GOOD, NOTE, Check, Told, unseen


def needed_checks(*, cookies: bool) -> tuple[Check, ...]:
    """What nobody can log in without, or not well."""
    script = Check(
        "script",
        _("JavaScript"),
        (
            Told("on", GOOD, _("JavaScript is on.")),
            Told(
                "off",
                NOTE,
                _("JavaScript is off."),
                _(
                    "Most ways of logging in work without it. Passkeys and the other checks of "
                    "this page need it."
                ),
            ),
        ),
        "off",
    )
    kept = Check(
        "cookies",
        _("Cookies"),
        (
            Told("kept", GOOD, _("Cookies are accepted.")),
            Told(
                "refused",
                BAD,
                _("This browser refuses cookies."),
                _(
                    "Nobody can be logged in without them. Allow cookies for this site in the "
                    "settings of the browser, then load this page again."
                ),
            ),
        ),
        "kept" if cookies else "refused",
    )
    secure = Check(
        "connection",
        _("Connection"),
        (
            Told("secure", GOOD, _("The connection with this server is secure.")),
            Told(
                "open",
                BAD,
                _("The connection with this server is not secure."),
                _("Open the address of this server that begins with https."),
            ),
        ),
        "secure",
    )
    return script, kept, secure, _clock(), _browser()


def _clock() -> Check:
    advice = _(
        "Codes of an authenticator app depend on the time, and may be refused. In the settings of "
        "the device, let the clock be set automatically."
    )
    return Check(
        "clock",
        _("Clock of this device"),
        (
            Told("right", GOOD, _("The clock of this device is right.")),
            Told("ahead", BAD, _("The clock of this device is ahead by"), advice, measured=True),
            Told("behind", BAD, _("The clock of this device is behind by"), advice, measured=True),
            Told(
                "unknown",
                NOTE,
                _("The clock could not be compared with the server’s."),
                _("Load this page again in a moment."),
            ),
            unseen(),
        ),
        "unseen",
    )


def _browser() -> Check:
    return Check(
        "browser",
        _("Browser"),
        (
            Told("recent", GOOD, _("This browser is recent enough.")),
            Told(
                "old",
                BAD,
                _("This browser is too old."),
                _("Pages may look odd or stay without effect. Bring the browser up to date."),
            ),
            unseen(),
        ),
        "unseen",
    )


def helpful_checks() -> tuple[Check, ...]:
    """What some ways of logging in use."""
    storage = Check(
        "storage",
        _("Storage"),
        (
            Told("kept", GOOD, _("Applications can store their settings in this browser.")),
            Told(
                "refused",
                NOTE,
                _("This browser stores nothing for this site."),
                _("A private window does that. Logging in works; some comforts do not."),
            ),
            unseen(),
        ),
        "unseen",
    )
    passkeys = Check(
        "passkeys",
        _("Passkeys"),
        (
            Told("known", GOOD, _("Passkeys can be used in this browser.")),
            Told(
                "unknown",
                NOTE,
                _("Passkeys cannot be used in this browser."),
                _("Log in another way, or with a recent browser."),
            ),
            unseen(),
        ),
        "unseen",
    )
    holder = Check(
        "holder",
        _("Passkey on this device"),
        (
            Told(
                "present",
                GOOD,
                _("This device can hold a passkey: fingerprint, face or screen lock."),
            ),
            Told(
                "absent",
                NOTE,
                _("This device cannot hold a passkey by itself."),
                _("A security key or your phone can, if you wish to use one."),
            ),
            unseen(),
        ),
        "unseen",
    )
    windows = Check(
        "windows",
        _("Pop-up windows"),
        (Told("unneeded", GOOD, _("None is needed: they may stay blocked.")),),
        "unneeded",
    )
    return storage, passkeys, holder, windows
