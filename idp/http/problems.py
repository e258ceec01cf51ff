# SPDX-License-Identifier: Apache-2.0
"""The pages that say "not this way": one catalogue, a stable id each, and always a way on."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from markupsafe import escape

from idp.applications.values import Application
from idp.http.wire import NO_STORE, Page
from idp.login.answers import Handover

Text = Any


@dataclass(frozen=True, slots=True)
class Problem:
    """A title and a sentence for the person."""

    title: Text
    sentence: Text
    support: bool = False


PROBLEMS = {
    "journey-unknown": Problem(
        _("This page is no longer valid"),
        _("Its address is incomplete or very old. Open your application again to log in."),
    ),
    "journey-other-browser": Problem(
        _("This page was opened in another browser"),
        _(
            "For your safety, a login is finished in the browser that began it. "
            "Open your application again here."
        ),
    ),
    "journey-expired": Problem(
        _("The page had been open for too long"),
        _("For your safety this login has expired. Start it again: it takes a few seconds."),
    ),
    "journey-finished": Problem(
        _("You have already logged in"),
        _("This login is finished. Go on to your application."),
    ),
    "form-expired": Problem(
        _("This form is no longer valid"),
        _(
            "It was open for too long, or your browser keeps no cookies. "
            "Go back to the page and try again."
        ),
    ),
    "reset-over": Problem(
        _("This link is no longer valid"),
        _(
            "A link to a new password is valid for a short while and once, "
            "and only the last one that was sent."
        ),
    ),
    "activation-over": Problem(
        _("This link is no longer valid"),
        _(
            "The link that opens an account is valid for some days, and once. If you have chosen a "
            "password already, log in; else ask for another link with your e-mail address."
        ),
    ),
    "registration-closed": Problem(
        _("Requests are not taken here at the moment"),
        _("Support tells you how to get an account."),
        support=True,
    ),
    "registration-lost": Problem(
        _("Your request is not open in this browser"),
        _(
            "Nothing that you typed is lost if you gave your e-mail address: have a link sent "
            "there, and go on where you were."
        ),
    ),
    "registration-too-often": Problem(
        _("Too many requests in a row"),
        _("Wait an hour, then try again. Nothing that you typed is lost."),
        support=True,
    ),
    "registration-link-over": Problem(
        _("This link is no longer valid"),
        _("A link is valid for a while and once, and only the last one that was sent."),
    ),
    "application-unknown": Problem(
        _("This application is not known here"),
        _("The link that brought you here is wrong. Tell the support of the application."),
        support=True,
    ),
    "application-misconfigured": Problem(
        _("The application sent an incorrect request"),
        _("Nothing is wrong on your side. Tell the support of the application."),
        support=True,
    ),
    "application-request": Problem(
        _("The application asks for something that we cannot do"),
        _("Nothing is wrong on your side. You can return to the application."),
        support=True,
    ),
    "application-closed": Problem(
        _("This application is closed for now"),
        _("An administrator has suspended it. Your other applications are not affected."),
        support=True,
    ),
    "account-closed": Problem(
        _("Your account is closed"),
        _("You cannot log in with it any more. Support can tell you why and open it again."),
        support=True,
    ),
    "community": Problem(
        _("You do not have access to this application yet"),
        _("It is open to the members of: %(names)s. Ask support to add you."),
        support=True,
    ),
    "population": Problem(
        _("This application is not meant for your account"),
        _("It is open to other kinds of accounts than yours."),
        support=True,
    ),
    "directory-hidden": Problem(
        _("This application asks you to be visible in the directory"),
        _(
            "Its people find one another there, and your account is hidden. "
            "You can change who sees you at any time, and then open the application again."
        ),
        support=True,
    ),
    "no-activity": Problem(
        _("This application must be told where you practise"),
        _(
            "We know no activity of yours with all that it asks: your profession, your speciality "
            "if you are a doctor, your structure and its sector. It comes from the national "
            "register of professionals, or from an administrator: support can have it completed."
        ),
        support=True,
    ),
    "level-unreachable": Problem(
        _("A stronger way of logging in is needed"),
        _("This application asks for a proof that your account cannot give here yet."),
        support=True,
    ),
    "means-blocked": Problem(
        _("A second proof is needed here, and yours cannot be used now"),
        _(
            "Your account is protected by more than its password, so the password alone "
            "does not open this page. %(names)s Support can help you if this cannot be mended."
        ),
        support=True,
    ),
    "no-verified-address": Problem(
        _("We know no address that is surely yours"),
        _(
            "A password alone protects your account, so before this change we would send you a "
            "code. That takes a verified e-mail address or mobile number."
        ),
        support=True,
    ),
    "address-too-new": Problem(
        _("This is not possible yet"),
        _(
            "Your address or your password was changed a short while ago. To protect you from "
            "somebody who did that in your name, this change is possible from %(names)s. "
            "If it cannot wait, support will help you."
        ),
        support=True,
    ),
    "other-person": Problem(
        _("Another person is logged in"),
        _("The application expects somebody else. Log out first, then open it again."),
    ),
    "provider-closed": Problem(
        _("Nobody logs in this way at the moment"),
        _("It was closed while you were on your way. Nothing is lost: log in another way."),
    ),
    "link-conflict": Problem(
        _("This login already opens another account here"),
        _(
            "%(names)s knows you under a name that is linked to another account than the one that "
            "is open. Nothing was changed. Unlink it in that account first, or contact support if "
            "that account is not yours."
        ),
        support=True,
    ),
    "request-unreadable": Problem(
        _("This request cannot be read"),
        _("It is damaged or too large. Open your application again."),
    ),
    "headers-not-sent": Problem(
        _("What you sent was not received"),
        _(
            "Your login had ended, and nothing of it was kept. Go back to your application, "
            "log in, and enter it again."
        ),
    ),
    "headers-no-way-back": Problem(
        _("The way back to your application is no longer open"),
        _(
            "It is good once, for a short while, and in the browser that asked for it, which must "
            "keep cookies. Open your application again."
        ),
    ),
    "launch-refused": Problem(
        _("What your software sent was not accepted"),
        _(
            "Nobody was logged in, and nothing was opened. Begin again from your software. If it "
            "stays, tell its support the word below."
        ),
        support=True,
    ),
    "launch-over": Problem(
        _("This opening from your software is over"),
        _("It is good once, and for a minute. Open the application again from your software."),
    ),
    "not-found": Problem(
        _("There is nothing at this address"),
        _("The page was moved or the link is incomplete."),
    ),
    "not-allowed": Problem(
        _("This cannot be done here"), _("Go back to the previous page and try again.")
    ),
    "too-large": Problem(
        _("This is too large"), _("What you sent is larger than this page accepts.")
    ),
    "forbidden": Problem(
        _("You do not have access to this page"), _("Log in with an account that has it.")
    ),
    "number-conflict": Problem(
        _("This number belongs to another account"),
        _(
            "Nothing was changed, here or there. Perhaps you have two accounts: log in with the "
            "other one, or ask support to put them together. If it is not yours, tell support: "
            "somebody may be using your name."
        ),
        support=True,
    ),
    "link-other-name": Problem(
        _("You logged in there under another name than here"),
        _(
            "Nothing was changed. If both are your names, ask support to correct the one of your "
            "account; if somebody else’s card or phone was used, begin again with yours."
        ),
        support=True,
    ),
    "bad-request": Problem(
        _("This request cannot be read"), _("Go back to the previous page and try again.")
    ),
    "directory-too-often": Problem(
        _("Too many searches in a row"),
        _("The directory may be searched, and not copied. Wait a while, then go on."),
    ),
    "too-many": Problem(
        _("Too many tries"),
        _("To protect all accounts, please wait a moment before you try again."),
        support=True,
    ),
    "unavailable": Problem(
        _("The service does not answer for the moment"),
        _("Nothing is lost. Wait a few seconds, then try again."),
    ),
    "server-error": Problem(
        _("Something went wrong on our side"),
        _("It has been recorded. Try again; if it happens once more, tell support."),
        support=True,
    ),
}
HOME = "/"


def problem_page(
    name: str,
    *,
    status: int,
    hint: str = "",
    application: Application | None = None,
    back: Handover | None = None,
    targets: tuple[str, ...] = (),
    names: str = "",
    actions: list[tuple[Text, str, bool]] | None = None,
) -> Page:
    """The page of a problem; the person is always offered a way on."""
    problem = PROBLEMS[name]
    ways, post = list(actions or []), None
    if back is not None and back.fields is not None and application is not None:
        # The application is told why by what only a form carries.
        fields = list(back.fields.items())
        post = {"action": back.url, "label": _back_to(application), "fields": fields}
    elif back is not None and application is not None:
        ways.append((_back_to(application), back.url, True))
    elif application is not None and application.home_url and not ways:
        ways.append((_back_to(application), application.home_url, True))
    ways.append((_("Go to the home page"), HOME, not ways and post is None))
    sentence = problem.sentence
    if names:
        sentence = sentence % {"names": names}
    context = {
        "problem": {
            "id": name,
            "title": problem.title,
            "sentence": sentence,
            "actions": ways,
            "post": post,
            "support": problem.support,
            "hint": hint or None,
            "reference": None,
        }
    }
    return Page("errors/problem.html", context, status, targets, list(NO_STORE))


def _back_to(application: Application) -> Text:
    # Templates take a lazy text for markup: what is put into it must be escaped before (WB-007).
    return _("Return to %(application)s", application=escape(application.name))
