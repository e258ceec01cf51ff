# SPDX-License-Identifier: Apache-2.0
"""Everybody's phones: a page for each, and all of them for the demo's desk, which has them too."""

import json
from typing import Any, Final

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from idp.demo.sandbox.memory import ASKED_LIFE, Asked
from idp.demo.sandbox.pages import NO_STORE, again, page_of
from idp.demo.sandbox.provider import Provider

JSON: Final = "application/json"


class Phones:
    """GET /phone, /phone/<person>; POST what is done on one."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._memory = provider.memory

    def mount(self, app: Flask) -> None:
        """The addresses. Identifiers of those who work for a structure have a stroke in them."""
        app.add_url_rule("/phone", "phones", self.every)
        app.add_url_rule("/phone/<path:national_id>", "phone", self.show)
        app.add_url_rule(
            "/phone/<path:national_id>/enrolment", "enrol", self.enrol, methods=["POST"]
        )
        app.add_url_rule(
            "/phone/<path:national_id>/<asked>", "decide", self.decide, methods=["POST"]
        )

    def every(self) -> Answer:
        """For programs: who has one, and what waits on which."""
        told = {
            "people": [
                {
                    "national_id": one.national_id,
                    "name": one.name,
                    "enrolled": self._memory.has_phone(one),
                }
                for one in self._provider.people.values()
            ],
            "requests": [self._shown(one) for one in self._memory.waiting()],
        }
        return Response(json.dumps(told), 200, NO_STORE, content_type=JSON)

    def show(self, national_id: str) -> Answer:
        """What waits on somebody's phone."""
        waiting = self._memory.on_phone(national_id)
        person = self._provider.people.get(national_id)
        page = page_of(
            self._memory,
            "phone",
            waiting=[self._shown(one) for one in waiting],
            person=person,
            enrolled=person is not None and self._memory.has_phone(person),
            said=request.args.get("said", ""),
        )
        # Not while a code is typed into it.
        return page if waiting or request.args else again(page)

    def enrol(self, national_id: str) -> Answer:
        """Put the application on it, with a code that they choose."""
        person = self._provider.people.get(national_id)
        done = person is not None and self._memory.enrol(person, request.form.get("pin", ""))
        return self._back(national_id, "" if done else "pin")

    def decide(self, national_id: str, asked: str) -> Answer:
        """The number that was seen and the application's code, or a refusal."""
        found = self._memory.asked(asked)
        if found is None or found.person.national_id != national_id:
            return self._back(national_id, "over")
        number = request.form.get("number", "")
        if number and not self._memory.opens(found.person, request.form.get("pin", "")):
            return self._back(national_id, "pin")
        return self._back(national_id, "" if self._memory.decide(found, number) else "number")

    def _shown(self, asked: Asked) -> dict[str, Any]:
        client = self._provider.client(asked.client)
        return {
            "id": asked.id,
            "national_id": asked.person.national_id,
            "name": asked.person.name,
            "client": client.name if client else "",
            "offered": list(asked.offered),
            "left": max(ASKED_LIFE - (self._memory.now() - asked.at), 0),
        }

    def _back(self, national_id: str, said: str) -> Answer:
        if request.headers.get("Accept") == JSON:
            return Response(json.dumps({"said": said}), 200, NO_STORE, content_type=JSON)
        return redirect(f"/phone/{national_id}" + (f"?said={said}" if said else ""), 303)
