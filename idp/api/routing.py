# SPDX-License-Identifier: Apache-2.0
"""Operations and the table that finds them.

Not Flask's: Flask would bring the form guard, sessions of cookies and pages of errors. The same
list of operations makes the table and the OpenAPI description, so neither can know one more.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pydantic import BaseModel

from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.db import Tx
from idp.http.services import Services
from idp.http.wire import Call

PARAMETER = re.compile(r"\{([a-z_]+)\}")
# What an address may name: never a slash, never what can't be printed.
VALUE = re.compile(r"[A-Za-z0-9_~:@-][A-Za-z0-9._~:@-]{0,159}", re.ASCII)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, read and admitted."""

    authority: Authority
    call: Call
    path: Mapping[str, str]
    query: Any
    body: Any
    scopes: tuple[str, ...]
    # The application that holds the token.
    application: str

    @property
    def if_match(self) -> str:
        """The version that an edit was made from."""
        return self.call.header("If-Match")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Request):
    """The same as its handler is given it; a writing one is in its transaction."""

    tx: Tx
    services: Services
    # What was made ready before the transaction began.
    ready: Any = None

    @classmethod
    def of(cls, request: Request, tx: Tx, services: Services, ready: Any = None) -> "Asked":
        """A request within a transaction."""
        known = {one.name: getattr(request, one.name) for one in fields(Request)}
        return cls(tx=tx, services=services, ready=ready, **known)


@dataclass(frozen=True, slots=True)
class Done:
    """What is answered."""

    document: BaseModel | None = None
    status: int = 200
    etag: str = ""
    location: str = ""
    # The place after this page of the list; made into a cursor on the way out.
    next: str = ""
    # What is sent as it is instead of a document: its kind and its bytes.
    raw: tuple[str, bytes] | None = None
    # The same, made while it is sent: it opens its own connections.
    pieces: Iterator[bytes] | None = None
    file_name: str = ""
    # Done once the transaction is durable: what is told to others.
    after: tuple[Callable[[], None], ...] = ()


Outcome = Done | Problem | Denied


@dataclass(frozen=True, slots=True)
class Several:
    """A request about several things: `run` is given each as `ready`, in a transaction of its own.

    What was done stays done where a later one breaks; asked again under the same Idempotency-Key,
    the rest is done.
    """

    # The things, each under a name of its own; or why none of them is begun.
    of: Callable[[Request], Mapping[str, Any] | Problem | Denied]
    # The document that tells of one of them: done, as `run` answers it, or refused.
    line: type[BaseModel]
    refused: Callable[[Any, Problem], BaseModel]
    # The lines as one document, in the order of the things.
    told: Callable[[list[Any]], BaseModel]


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb at one address."""

    method: str
    path: str
    name: str
    summary: str
    run: Callable[[Asked], Outcome]
    # The services decide; it is named here for the description, and for what a token lacks.
    right: Right | None = None
    # One of these opens it as well: which of them is needed depends on what is asked for.
    others: tuple[Right, ...] = ()
    # Its caller needs all of these beside it.
    also: tuple[Right, ...] = ()
    # With one of these its caller needs neither that right nor a role.
    scopes: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    # The kind of a body that is no JSON, and of an answer that is none.
    takes: str = ""
    # So large a body may be, where it may be larger than others.
    most: int = 0
    media_type: str = ""
    status: int = 200
    # Edits say which version they were made from (RFC 6585 §3).
    edits: bool = False
    problems: tuple[str, ...] = ()
    tag: str = ""
    # What the console asks a fresh proof for: a person's token must stand on one (SE-006).
    fresh: bool = False
    # Its answer holds a secret, which is kept nowhere: not under an Idempotency-Key either.
    shown_once: bool = False
    several: Several | None = None
    # Before the transaction: passwords are hashed outside of any. What it answers is `ready`.
    prepare: Callable[[Services, Request], Any] | None = None
    # What was made ready is not needed: it was done already, or refused.
    discard: Callable[[Services, Any], None] | None = None

    @property
    def rights(self) -> tuple[Right, ...]:
        """Those of which one is needed."""
        return (*((self.right,) if self.right else ()), *self.others)

    @property
    def writes(self) -> bool:
        """Whether it needs the transaction."""
        return self.method in WRITING

    @property
    def parameters(self) -> tuple[str, ...]:
        """What its address names."""
        return tuple(PARAMETER.findall(self.path))


@dataclass(frozen=True, slots=True)
class Found:
    """An operation and what the address named."""

    operation: Operation
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OtherMethods:
    """The address is there, and answers to these."""

    methods: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    plain: dict[str, "_Node"] = field(default_factory=dict)
    named: "tuple[str, _Node] | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Table:
    """Finds the operation of an address; paths are compared as they came, decoded once."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)
        self._root = _Node()
        for one in self.operations:
            self._add(one)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for part in operation.path.strip("/").split("/"):
            named = PARAMETER.fullmatch(part)
            if named is None:
                node = node.plain.setdefault(part, _Node())
                continue
            if node.named is None:
                node.named = (named[1], _Node())
            if node.named[0] != named[1]:
                raise ValueError(f"{operation.path}: two names for one part")
            node = node.named[1]
        if operation.method in node.operations:
            raise ValueError(f"{operation.method} {operation.path}: twice")
        node.operations[operation.method] = operation

    def find(self, method: str, path: str) -> Found | OtherMethods | None:
        """The operation, or what else the address answers to; None where it is no address."""
        node, values = self._root, dict[str, str]()
        for part in path.removeprefix("/").split("/"):
            following = node.plain.get(part)
            if following is None and node.named is not None and VALUE.fullmatch(part):
                values[node.named[0]] = part
                following = node.named[1]
            if following is None:
                return None
            node = following
        if not node.operations:
            return None
        operation = node.operations.get("GET" if method == "HEAD" else method)
        if operation is not None:
            return Found(operation, values)
        methods = set(node.operations) | {"OPTIONS"}
        return OtherMethods(tuple(sorted(methods | ({"HEAD"} if "GET" in methods else set()))))
