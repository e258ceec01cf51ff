# SPDX-License-Identifier: Apache-2.0
"""What is done to an account: its state, wrong tries, a way to a new password, where it belongs."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.outcomes import Changed, Sent, Unfit, Unreachable
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import StateGiven
from idp.api.values import Body, Line500, Shown
from idp.api.words import N_
from idp.sessions.service import Ended


class NewState(Body):
    """What an account is to be."""

    state: StateGiven
    reason: Annotated[Line500, Field(description="Kept in the history")] = ""


class StateShown(Shown):
    """What it is now."""

    state: State
    ended_sessions: int


class Way(Body):
    """How its owner is reached."""

    way: Annotated[str, Field(pattern="^(link|sms)$")]


class SentShown(Shown):
    """Where help is on its way to; never the password nor the whole address."""

    channel: str
    recipient: str


class Counted(Shown):
    """How many."""

    count: int


def set_state(asked: Asked) -> Outcome:
    """Open, disable or close."""
    account = asked.path["account"]
    done = asked.services.office.people.set_state(
        asked.tx, asked.authority, account, asked.body.state, asked.body.reason
    )
    if isinstance(done, Unfit):
        return Problem("conflict", done.why, (Where("#/state", done.why),))
    if not isinstance(done, Changed):
        return done
    document = StateShown(state=done.state, ended_sessions=len(done.ended))
    return Done(document, after=telling(asked, account, done.ended))


def telling(asked: Asked, account: str, ended: tuple[Ended, ...]) -> tuple[Callable[[], None], ...]:
    """Applications are told of the sessions that ended, once that is durable."""
    leaving = asked.services.leaving
    if not ended:
        return ()

    def tell() -> None:
        leaving.tell_all(account, ended)

    return (tell,)


def unlock(asked: Asked) -> Outcome:
    """Forget the wrong tries."""
    done = asked.services.office.people.unlock(asked.tx, asked.authority, asked.path["account"])
    return done if isinstance(done, Denied) else Done(Counted(count=done))


def reset(asked: Asked) -> Outcome:
    """CR-045: its owner is sent a way to a new password; whoever asks sees nothing of it."""
    done = asked.services.office.people.reset(
        asked.tx, asked.authority, asked.path["account"], asked.body.way
    )
    match done:
        case Sent():
            return Done(SentShown(channel=done.channel, recipient=done.masked))
        case Unreachable():
            return Problem("unfit", done.why, (Where("#/way", done.why),))
    return done


def end_sessions(asked: Asked) -> Outcome:
    """End one session, or all of them with every token."""
    account = asked.path["account"]
    done = asked.services.office.people.end_sessions(
        asked.tx, asked.authority, account, asked.path.get("session")
    )
    if isinstance(done, Denied):
        return done
    if not done and "session" in asked.path:
        return Denied.NOT_FOUND
    return Done(Counted(count=len(done)), after=telling(asked, account, done))


def remove_means(asked: Asked) -> Outcome:
    """Take a means away."""
    path = asked.path
    done = asked.services.office.people.remove_means(
        asked.tx, asked.authority, path["account"], path["kind"], path.get("key", "")
    )
    if isinstance(done, Denied):
        return done
    return Done(status=204) if done else Denied.NOT_FOUND


MOVES = {
    "affiliate": N_("Put somebody into an establishment"),
    "unaffiliate": N_("Take somebody out of an establishment"),
    "join": N_("Put somebody into a community"),
    "leave": N_("Take somebody out of a community"),
}


def belonging(verb: str, part: str) -> Operation:
    """Put an account somewhere, or take it out; done twice, it is as it was."""
    into = verb in {"affiliate", "join"}

    def run(asked: Asked) -> Outcome:
        people, path = asked.services.office.people, asked.path
        done = getattr(people, verb)(asked.tx, asked.authority, path["account"], path[part])
        return done if isinstance(done, Denied) else Done(status=204)

    several = {"establishment": "establishments", "community": "communities"}[part]
    return Operation(
        "PUT" if into else "DELETE",
        f"/accounts/{{account}}/{several}/{{{part}}}",
        f"{verb}Account",
        MOVES[verb],
        run,
        Right.ACCOUNTS_EDIT if part == "establishment" else Right.MEMBERS_EDIT,
        status=204,
    )


OPERATIONS = (
    Operation(
        "PUT",
        "/accounts/{account}/state",
        "setAccountState",
        N_("Open, disable or close an account"),
        set_state,
        Right.ACCOUNTS_STATE,
        body=NewState,
        answer=StateShown,
        problems=("conflict",),
    ),
    Operation(
        "POST",
        "/accounts/{account}/unlock",
        "unlockAccount",
        N_("Forget the wrong tries"),
        unlock,
        Right.ACCOUNTS_UNLOCK,
        answer=Counted,
    ),
    Operation(
        "POST",
        "/accounts/{account}/reset",
        "resetAccount",
        N_("Send its owner a way to a new password"),
        reset,
        Right.ACCOUNTS_RESET,
        body=Way,
        answer=SentShown,
        problems=("unfit",),
    ),
    Operation(
        "DELETE",
        "/accounts/{account}/sessions",
        "endSessions",
        N_("End every session and token"),
        end_sessions,
        Right.SESSIONS_END,
        answer=Counted,
    ),
    Operation(
        "DELETE",
        "/accounts/{account}/sessions/{session}",
        "endSession",
        N_("End one session"),
        end_sessions,
        Right.SESSIONS_END,
        answer=Counted,
    ),
    Operation(
        "DELETE",
        "/accounts/{account}/means/{kind}",
        "removeMeans",
        N_("Take away a means of which there is one"),
        remove_means,
        Right.MEANS_REMOVE,
        status=204,
        fresh=True,
    ),
    Operation(
        "DELETE",
        "/accounts/{account}/means/{kind}/{key}",
        "removeOneMeans",
        N_("Take away a passkey, a card or a calculette"),
        remove_means,
        Right.MEANS_REMOVE,
        status=204,
        fresh=True,
    ),
    belonging("affiliate", "establishment"),
    belonging("unaffiliate", "establishment"),
    belonging("join", "community"),
    belonging("leave", "community"),
)
