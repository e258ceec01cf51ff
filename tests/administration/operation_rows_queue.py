# SPDX-License-Identifier: Apache-2.0
"""Rows of operations: requests among those who decide."""

from idp.administration.rights import Right
from tests.administration.routes import Route, every, one

QUEUE: dict[str, Route] = {
    "showRequestFigures": every(Right.REQUESTS_SEE),
    "listSimilar": one(Right.REQUESTS_SEE),
    "listRequestHistory": one(Right.REQUESTS_SEE),
    "listDeciders": one(Right.REQUESTS_DECIDE),
    "claimRequest": one(Right.REQUESTS_SEE, Right.REQUESTS_DECIDE),
    "releaseRequest": one(Right.REQUESTS_SEE, Right.REQUESTS_DECIDE),
    "assignRequest": one(
        Right.REQUESTS_SEE, Right.REQUESTS_DECIDE, form=lambda x: {"account": x.clerk_there}
    ),
    "passRequestOn": one(Right.REQUESTS_SEE, Right.REQUESTS_DECIDE),
    "attachRequest": one(
        Right.REQUESTS_SEE, Right.REQUESTS_DECIDE, form=lambda x: {"account": x.professional}
    ),
    "reopenRequest": one(
        Right.REQUESTS_SEE, Right.REQUESTS_DECIDE, path=lambda x: {"request": x.refused}
    ),
    # Each is told of by itself: those outside by nothing but the id that was sent.
    "decideRequests": every(
        Right.REQUESTS_DECIDE,
        form=lambda x: {
            "decision": "refuse",
            "requests": [{"request": x.request, "version": 1}],
            "reason": "Not here",
        },
    ),
    "noteRequest": one(Right.REQUESTS_DECIDE, form=lambda _: {"text": "Looked at"}),
}
