# SPDX-License-Identifier: Apache-2.0
"""Setting the logs up: ours by structlog, those of libraries brought through the same door."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TextIO, cast

import structlog
from structlog.contextvars import merge_contextvars
from structlog.typing import FilteringBoundLogger, Processor

from idp.config.sections import LogSettings
from idp.logs.fields import clean_event

# One variable for all, set once: it is on the way of every request.
_request: ContextVar[Mapping[str, str]] = ContextVar("request", default=MappingProxyType({}))
_FIRST = ("at", "level", "logger", "event", "request_id")
# Libraries that tell much: their own information is our debugging.
_TALKATIVE = ("sqlalchemy", "urllib3", "werkzeug", "alembic", "asyncio", "authlib")

# Those that write down, for their own debugging, what they are handed: whole messages, with names.
_INDISCREET = ("signxml",)


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Write to `stream` (standard error unless told) as the settings say; may be called again."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    writer = _Writer(stream)
    render: Processor = _render_console if settings.format == "console" else _render_json
    # Cleaning is the last before rendering: nothing is added after it.
    shared: list[Processor] = [
        _add_context,
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        # The plain traceback: one with local variables would hold passwords and keys.
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _in_order, clean_event, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=writer,
        # Not kept: a logger made before would otherwise go on writing as it was told first.
        cache_logger_on_first_use=False,
    )
    _adopt_standard_logging(level, writer, [*shared, _in_order, clean_event, render])


def get(name: str) -> FilteringBoundLogger:
    """The logger of a module; may be made before `configure`."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


def bind_request(request_id: str, **fields: str) -> None:
    """Begin a request: every event of this context carries its id from here on."""
    _request.set({"request_id": request_id, **fields})


def forget_request() -> None:
    """End a request: its id must not be seen on the next one of this thread."""
    _request.set({})


class _Writer:
    """Writes whole lines; a full disk or closed pipe does not make a request fail."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, *names: str) -> "_Named":
        return _Named(self, names[0] if names else "")

    def write(self, line: str) -> None:
        stream = self._stream or sys.stderr
        with self._lock:
            try:
                stream.write(line + "\n")
                stream.flush()
            except (OSError, ValueError):
                return


class _Named:
    """What structlog writes to: a name, and a method for each level."""

    def __init__(self, writer: _Writer, name: str) -> None:
        self.name = name
        self.msg = writer.write

    def __getattr__(self, _level: str) -> Callable[[str], None]:
        return self.msg


class Door(logging.Handler):
    """Brings the records of libraries through the same processors."""

    def __init__(self, writer: _Writer, processors: list[Processor]) -> None:
        super().__init__()
        self._writer = writer
        self._processors = processors

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event: Any = {"logger": record.name, "event": record.getMessage()}
            if record.exc_info:
                event["exc_info"] = record.exc_info
            for processor in self._processors:
                event = processor(None, record.levelname.lower(), event)
            self._writer.write(event)
        except Exception:  # noqa: BLE001 - as logging.Handler.handleError does, but without a dump
            self._writer.write('{"level":"error","event":"a log record could not be written"}')


def _adopt_standard_logging(level: int, writer: _Writer, processors: list[Processor]) -> None:
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, Door)]:
        root.removeHandler(handler)
    root.addHandler(Door(writer, processors))
    root.setLevel(level)
    quiet = level if level <= logging.DEBUG else max(level, logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(quiet)
    for name in _INDISCREET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _add_context(
    logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if name := getattr(logger, "name", ""):
        event.setdefault("logger", name)
    for key, value in _request.get().items():
        event.setdefault(key, value)
    return event


def _in_order(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    first = {name: event[name] for name in _FIRST if name in event}
    return first | {name: event[name] for name in event if name not in first}


def _render_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _render_console(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    trace = event.pop("exception", [])
    at, level = str(event.pop("at", ""))[11:19], str(event.pop("level", ""))
    logger, name = event.pop("logger", ""), event.pop("event", "")
    fields = " ".join(f"{key}={_console_value(value)}" for key, value in event.items())
    line = f"{at} {level:<8} {name}  {fields}".rstrip() + (f"  ({logger})" if logger else "")
    # A person reads this one: the trace stands below, each line marked as not being an event.
    return "\n".join([line, *(f"    | {each}" for each in trace)])


def _console_value(value: object) -> str:
    if isinstance(value, str) and value.isidentifier():
        return value
    return json.dumps(value, ensure_ascii=False)
