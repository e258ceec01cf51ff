# SPDX-License-Identifier: Apache-2.0
"""Webhooks: where to tell, of what, and what arrived."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.region.webhooks import Secret, Webhook, Wished
from idp.administration.rights import Right
from idp.api.etags import etag_of, stale
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Body, Listed, Needed128, Shown
from idp.api.words import N_
from idp.programs.telling import EVENTS

Event = Annotated[str, Field(json_schema_extra={"enum": list(EVENTS)}, max_length=32)]


class WebhookGiven(Body):
    """What a webhook is to be."""

    name: Needed128
    address: Annotated[str, Field(max_length=2048, description="https; never a private address")]
    events: Annotated[list[Event], Field(min_length=1, max_length=len(EVENTS))]
    active: bool = True


class WebhookShown(Shown):
    """A webhook, without its secret."""

    id: str
    name: str
    address: str
    events: list[str]
    state: Annotated[str, Field(description="active, paused, or stopped after failing for days")]
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookMade(WebhookShown):
    """A webhook with its secret, which is shown this once."""

    secret: str


class DeliveryShown(Shown):
    """One event on its way, or arrived."""

    id: str
    event: str
    state: Annotated[str, Field(description="waiting, arrived or failed")]
    tries: int
    fault: str
    created_at: datetime
    ended_at: datetime | None


def _shown(one: Webhook) -> WebhookShown:
    return WebhookShown(
        id=one.id,
        name=one.name,
        address=one.address,
        events=list(one.events),
        state=one.state,
        failing_since=moment(one.failing_since),
        created_at=at(one.created_at),
        updated_at=at(one.updated_at),
    )


def _made(one: Secret, status: int) -> Done:
    shown = _shown(one.webhook)
    document = WebhookMade(**shown.model_dump(), secret=one.secret)
    return Done(document, status, etag_of(shown), f"/webhooks/{one.webhook.id}")


def _wished(body: WebhookGiven) -> Wished:
    return Wished(body.name, body.address, tuple(dict.fromkeys(body.events)), body.active)


def _unfit(done: Unfit) -> Problem:
    if done.why == "stale":
        return Problem("changed")
    return Problem("unfit", done.why, tuple(Where(f"#/{one}", "unfit") for one in done.fields))


def listing(asked: Asked) -> Outcome:
    """All of them."""
    found = asked.services.office.webhooks.every(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    return Done(Listed[WebhookShown](items=[_shown(one) for one in found], total=len(found)))


def show(asked: Asked) -> Outcome:
    """One of them."""
    found = asked.services.office.webhooks.load(asked.tx, asked.authority, asked.path["webhook"])
    if isinstance(found, Denied):
        return found
    document = _shown(found)
    return Done(document, etag=etag_of(document))


def create(asked: Asked) -> Outcome:
    """Make one."""
    done = asked.services.office.webhooks.add(asked.tx, asked.authority, _wished(asked.body))
    if isinstance(done, Denied):
        return done
    return _unfit(done) if isinstance(done, Unfit) else _made(done, 201)


def replace(asked: Asked) -> Outcome:
    """Change it."""
    webhooks, key = asked.services.office.webhooks, asked.path["webhook"]
    found = webhooks.load(asked.tx, asked.authority, key)
    if isinstance(found, Denied):
        return found
    if problem := stale(asked.if_match, etag_of(_shown(found))):
        return problem
    wished = _wished(asked.body)
    done = webhooks.edit(asked.tx, asked.authority, key, found.updated_at, wished)
    if isinstance(done, Denied):
        return done
    if isinstance(done, Unfit):
        return _unfit(done)
    document = _shown(done)
    return Done(document, etag=etag_of(document))


def rotate(asked: Asked) -> Outcome:
    """Give it another secret."""
    done = asked.services.office.webhooks.rotate(asked.tx, asked.authority, asked.path["webhook"])
    return done if isinstance(done, Denied) else _made(done, 200)


def remove(asked: Asked) -> Outcome:
    """Give it up."""
    done = asked.services.office.webhooks.remove(asked.tx, asked.authority, asked.path["webhook"])
    return done if isinstance(done, Denied) else Done(status=204)


def deliveries(asked: Asked) -> Outcome:
    """The newest deliveries."""
    desk = asked.services.office.webhooks
    found = desk.deliveries(asked.tx, asked.authority, asked.path["webhook"])
    if isinstance(found, Denied):
        return found
    items = [
        DeliveryShown(
            id=one.id,
            event=one.event,
            state=one.state,
            tries=one.tries,
            fault=one.fault,
            created_at=at(one.created_at),
            ended_at=moment(one.ended_at),
        )
        for one in found
    ]
    return Done(Listed[DeliveryShown](items=items))


def resend(asked: Asked) -> Outcome:
    """Send one again."""
    path, desk = asked.path, asked.services.office.webhooks
    done = desk.resend(asked.tx, asked.authority, path["webhook"], path["delivery"])
    return done if isinstance(done, Denied) else Done(status=204)


def ping(asked: Asked) -> Outcome:
    """Try it out."""
    done = asked.services.office.webhooks.ping(asked.tx, asked.authority, asked.path["webhook"])
    return done if isinstance(done, Denied) else Done(status=204)


ONE = "/webhooks/{webhook}"
RIGHT = Right.WEBHOOKS_EDIT
OPERATIONS = (
    Operation(
        "GET",
        "/webhooks",
        "listWebhooks",
        N_("All webhooks"),
        listing,
        RIGHT,
        answer=Listed[WebhookShown],
    ),
    Operation(
        "POST",
        "/webhooks",
        "createWebhook",
        N_("Have an address told of events"),
        create,
        RIGHT,
        body=WebhookGiven,
        answer=WebhookMade,
        shown_once=True,
        status=201,
        problems=("unfit",),
        fresh=True,
    ),
    Operation("GET", ONE, "showWebhook", N_("One webhook"), show, RIGHT, answer=WebhookShown),
    Operation(
        "PUT",
        ONE,
        "replaceWebhook",
        N_("Change a webhook; one that was stopped begins anew"),
        replace,
        RIGHT,
        body=WebhookGiven,
        answer=WebhookShown,
        edits=True,
        problems=("unfit",),
    ),
    Operation("DELETE", ONE, "removeWebhook", N_("Give a webhook up"), remove, RIGHT, status=204),
    Operation(
        "POST",
        f"{ONE}/secret",
        "rotateWebhookSecret",
        N_("Make another secret; the one before signs as well for a day"),
        rotate,
        RIGHT,
        answer=WebhookMade,
        shown_once=True,
        fresh=True,
    ),
    Operation(
        "POST",
        f"{ONE}/ping",
        "pingWebhook",
        N_("Send something to try it out"),
        ping,
        RIGHT,
        status=204,
    ),
    Operation(
        "GET",
        f"{ONE}/deliveries",
        "listDeliveries",
        N_("The newest deliveries"),
        deliveries,
        RIGHT,
        answer=Listed[DeliveryShown],
    ),
    Operation(
        "POST",
        f"{ONE}/deliveries/{{delivery}}/resend",
        "resendDelivery",
        N_("Send one again that is over, under the same id"),
        resend,
        RIGHT,
        status=204,
    ),
)
