# SPDX-License-Identifier: Apache-2.0
"""Its addresses: the endpoints for services, the page with two tabs, the phone, the troubles."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from flask import Flask, Response, redirect, request, send_file
from werkzeug.wrappers import Response as Answer

from idp.demo.sandbox.logins import Tell, tell_by_http
from idp.demo.sandbox.memory import Asked, Decision, Memory, Wish
from idp.demo.sandbox.pages import NO_STORE, again, page_of
from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.phones import Phones
from idp.demo.sandbox.provider import DESCRIPTION, PROTOCOL, Client, Provider
from idp.demo.sandbox.tokens import MakeKey, new_key
from idp.demo.sandbox.trouble import Trouble
from idp.paths import static, templates

# Longer than anybody waits for it.
SLOW_SECONDS: Final = 20.0


class Reader(Protocol):
    """The card reader of whoever sits before the page."""

    def holder(self) -> str:
        """Whose card is in it, by name; nothing where none is."""

    def read(self, pin: str) -> str | None:
        """The national identifier on it, for the right code."""


def make_app(
    address: str,
    clients: tuple[Client, ...],
    people: tuple[Professional, ...],
    now: Callable[[], int],
    reader: Reader,
    pause: Callable[[float], None] = time.sleep,
    tell: Tell = tell_by_http,
    make_key: MakeKey = new_key,
) -> Flask:
    """The whole of it, at an address."""
    app = Flask("idp.demo.sandbox", template_folder=str(templates()), static_folder=None)
    provider = Provider(address, clients, people, Memory(now), tell, make_key)
    Endpoints(provider, pause).mount(app)
    Pages(provider, reader).mount(app)
    # For whoever runs it within a test.
    app.extensions["provider"] = provider
    return app


class Endpoints:
    """What services ask."""

    def __init__(self, provider: Provider, pause: Callable[[float], None]) -> None:
        self._provider = provider
        self._pause = pause

    def mount(self, app: Flask) -> None:
        app.add_url_rule(DESCRIPTION, "description", self._in_trouble(self.description))
        app.add_url_rule(f"{PROTOCOL}/certs", "certs", self._in_trouble(self.keys))
        app.add_url_rule(
            f"{PROTOCOL}/token", "token", self._in_trouble(self.token), methods=["POST"]
        )
        app.add_url_rule(f"{PROTOCOL}/userinfo", "userinfo", self._in_trouble(self.userinfo))
        app.add_url_rule(
            f"{PROTOCOL}/ext/ciba/auth", "ciba", self._in_trouble(self.ciba), methods=["POST"]
        )
        app.add_url_rule(f"{PROTOCOL}/logout", "leave", self._in_trouble(self.leave))
        app.add_url_rule("/sandbox/trouble/<name>", "choose", self.choose, methods=["POST"])

    def _in_trouble(self, answer: Callable[[], Answer]) -> Callable[[], Answer]:
        """What answers, or does not."""

        def answered() -> Answer:
            match self._provider.memory.trouble:
                case Trouble.SLOW:
                    self._pause(SLOW_SECONDS)
                case Trouble.BROKEN:
                    return Response("Internal Server Error", 500)
                case Trouble.HTML:
                    return Response("<!doctype html><title>Maintenance</title>", 200)
                case Trouble.REDIRECTS:
                    return redirect("http://127.0.0.1:1/", 302)
            return answer()

        return answered

    def description(self) -> Answer:
        return _json(200, self._provider.description())

    def keys(self) -> Answer:
        return _json(200, self._provider.keys())

    def token(self) -> Answer:
        return _json(*self._provider.token(_proof(), request.form.to_dict()))

    def ciba(self) -> Answer:
        return _json(*self._provider.ask(_proof(), request.form.to_dict()))

    def userinfo(self) -> Answer:
        status, told = self._provider.userinfo(_proof())
        if isinstance(told, str):
            return Response(told, status, NO_STORE, content_type="application/jwt")
        return _json(status, told)

    def leave(self) -> Answer:
        """Somebody is sent here to log out, and goes back."""
        url = self._provider.leave(request.args.to_dict())
        if url:
            return redirect(url, 303)
        return page_of(self._provider.memory, "refused", 400, why="logout")

    def choose(self, name: str) -> Answer:
        """From now on it is in this trouble."""
        self._provider.choose(Trouble(name))
        return redirect("/", 303)


class Pages:
    """What people see."""

    def __init__(self, provider: Provider, reader: Reader) -> None:
        self._provider = provider
        self._memory = provider.memory
        self._reader = reader

    def mount(self, app: Flask) -> None:
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/logins/<name>/end", "end", self.end, methods=["POST"])
        app.add_url_rule("/sandbox.css", "style", self.style)
        app.add_url_rule("/auth", "auth", self.arrive)
        app.add_url_rule("/auth/<name>", "wish", self.show)
        app.add_url_rule("/auth/<name>/card", "card", self.by_card, methods=["POST"])
        app.add_url_rule("/auth/<name>/mobile", "mobile", self.by_mobile, methods=["POST"])
        app.add_url_rule("/auth/<name>/cancel", "cancel", self.cancel, methods=["POST"])
        Phones(self._provider).mount(app)

    def home(self) -> Answer:
        """What it is, who is logged in, and its troubles."""
        going_on = self._provider.logins.every()
        return self._page(
            "home",
            troubles=list(Trouble),
            people=self._provider.people.values(),
            logins=[(one, self._provider.client(one.client)) for one in going_on],
        )

    def end(self, name: str) -> Answer:
        """Somebody logs out here: their service hears of it."""
        self._provider.logins.end(name, self._memory.trouble)
        return redirect("/", 303)

    def style(self) -> Answer:
        """How it looks."""
        return send_file(static() / "css" / "sandbox.css")

    def arrive(self) -> Answer:
        """Somebody is sent here."""
        wish = self._provider.wish(request.args.to_dict())
        if isinstance(wish, str):
            return self._page("refused", 400, why=wish)
        return redirect(f"/auth/{wish.id}", 303)

    def show(self, name: str, problem: str = "") -> Answer:
        """The two tabs; or the number, while the phone is waited for."""
        wish = self._memory.wish(name)
        if wish is None:
            return self._page("refused", 404, why="login")
        asked = self._memory.asked(wish.asked) if wish.asked else None
        if asked is not None and not problem:
            decided = self._decided(wish, asked)
            if decided is not None:
                return decided
            return again(self._page("waiting", wish=wish, asked=asked, client=self._client(wish)))
        tab = "mobile" if request.args.get("tab") == "mobile" else "card"
        return self._page(
            "choose",
            wish=wish,
            client=self._client(wish),
            tab=tab,
            holder=self._reader.holder(),
            problem=problem,
        )

    def by_card(self, name: str) -> Answer:
        """The card in the reader, and its code."""
        wish = self._memory.wish(name)
        if wish is None:
            return self._page("refused", 404, why="login")
        person = self._provider.people.get(self._reader.read(request.form.get("pin", "")) or "")
        if person is None:
            return self.show(name, "card")
        return redirect(self._provider.logged_in(wish, person, "CARD"), 303)

    def by_mobile(self, name: str) -> Answer:
        """Put a request on the phone."""
        wish = self._memory.wish(name)
        if wish is None:
            return self._page("refused", 404, why="login")
        person = self._provider.people.get(request.form.get("identifier", "").strip())
        if person is None or not self._memory.has_phone(person):
            return self.show(name, "mobile")
        wish.asked = self._memory.ask(wish.client, person, self._provider.number()).id
        return redirect(f"/auth/{wish.id}", 303)

    def cancel(self, name: str) -> Answer:
        """Turn back."""
        wish = self._memory.wish(name)
        if wish is None:
            return self._page("refused", 404, why="login")
        return redirect(self._provider.back(wish, {"error": "access_denied"}), 303)

    def _decided(self, wish: Wish, asked: Asked) -> Answer | None:
        if self._memory.is_over(asked) or asked.decision is Decision.REFUSED:
            return redirect(self._provider.back(wish, {"error": "access_denied"}), 303)
        if asked.decision is Decision.ACCEPTED:
            return redirect(self._provider.logged_in(wish, asked.person, "MOBILE"), 303)
        return None

    def _client(self, wish: Wish) -> str:
        known = self._provider.client(wish.client)
        return known.name if known else ""

    def _page(self, name: str, status: int = 200, **context: Any) -> Answer:
        return page_of(self._memory, name, status, **context)


def _proof() -> str:
    return request.headers.get("Authorization", "")


def _json(status: int, told: Mapping[str, Any]) -> Answer:
    return Response(json.dumps(told), status, NO_STORE, content_type="application/json")
