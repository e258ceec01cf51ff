# SPDX-License-Identifier: Apache-2.0
"""`python -m imaging_app --port 8004 --client-secret-file … --data …`: the portal's server."""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from imaging_app.app import KEY, LIMITS, Config, create_app
from imaging_app.clock import DAY
from imaging_app.crypto import CryptoError, make_keys, read_keys
from imaging_app.db import Database, make_engine
from imaging_app.enrolling.client import SceauAccounts
from imaging_app.limits.streams import STREAMS
from imaging_app.limits.turns import MOST
from imaging_app.notices.sending import start_thread
from imaging_app.opening import Rooms, open_sending
from imaging_app.schema import upgrade
from imaging_app.settings import SECURITIES, Mail, Settings, read_settings
from imaging_app.settings import SettingsError as WrongSettings
from imaging_app.store.embedded import Folders
from imaging_app.web.regions import Region, Regions
from relying_parties.clock import MovedClock, system_time
from relying_parties.kit.outcome import SettingsError
from relying_parties.kit.settings import Limits
from relying_parties.registration import Registration, load_registration, make_provider
from relying_parties.serve import check_port, serve


def main() -> int:
    """Start it; returns once SIGTERM or SIGINT stopped it."""
    registration = load_registration(KEY)
    options = make_parser(registration).parse_args()
    try:
        config = read_config(registration, options)
        config.settings.data.mkdir(parents=True, exist_ok=True)
        check_port(options.address, options.port)
        bring_up(config.settings)
    except (SettingsError, WrongSettings, CryptoError, OSError) as fault:
        sys.stderr.write(f"{KEY}: {fault}\n")
        return 2
    except SQLAlchemyError as fault:
        # Its text would hold what was asked.
        sys.stderr.write(f"{KEY}: the database: {type(fault).__name__}\n")
        return 2
    sys.stderr.write(f"{registration.name}: {config.provider.home_origin}/\n")
    with filled(options):
        # One for each page that is on its way, and for each file until it is read to its end.
        serve(KEY, options, partial(load, config, registration.name), threads=2 * MOST + STREAMS)
    return 0


@contextmanager
def filled(options: argparse.Namespace) -> Iterator[None]:
    """Where this is the demo, its exams are drawn beside the pages, by a process of their own."""
    if options.demo_cast is None:
        yield
        return
    words = [sys.executable, "-m", "imaging_app.demo", "--data", str(options.data)]
    words += ["--cast", str(options.demo_cast), "--database", options.database]
    if options.clock_file:
        words += ["--clock-file", str(options.clock_file)]
    with subprocess.Popen(words) as beside:  # noqa: S603 - our own words
        try:
            yield
        finally:
            beside.terminate()


def load(config: Config, name: str) -> Flask:
    """The application, in the process that serves it; notices are sent beside its pages."""
    app = create_app(config)
    rooms: Rooms = app.extensions["imaging-portal"].rooms
    rooms.exams.door.warm()
    mail = config.settings.mail
    if mail is not None:
        sending = open_sending(mail, name, rooms.database, rooms.keys, rooms.now)
        stop = app.extensions["imaging-notices"] = threading.Event()
        start_thread(sending, stop)
    return app


def bring_up(settings: Settings) -> None:
    """The database at this version's schema; nodes that start together wait for one another."""
    # Several nodes share their keys: theirs are made once, by command, and brought to each.
    if settings.database:
        read_keys(settings.keys_file)
    else:
        make_keys(settings.keys_file, "k1")
    database = Database(make_engine(settings.database_url))
    try:
        upgrade(database)
    finally:
        database.close()
    # What a day has not brought to its end is nobody's any more, on whichever node.
    Folders(settings.store).clear_incoming(time.time() - DAY)


def make_parser(registration: Registration) -> argparse.ArgumentParser:
    """The options, with the demo's values where there is a sensible one."""
    parser = argparse.ArgumentParser(
        prog="python -m imaging_app", description=registration.long_name
    )
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=registration.port, help="port to listen on")
    parser.add_argument("--url", help="address that browsers use, when not localhost and the port")
    parser.add_argument("--issuer", default="http://localhost:8000", help="the provider's address")
    parser.add_argument("--client-id", default=registration.key, help="as registered")
    parser.add_argument("--client-secret-file", type=Path, help="file that holds the secret")
    parser.add_argument(
        "--desk-client-id", default=f"{registration.key}-desk", help="who makes patients’ accounts"
    )
    parser.add_argument(
        "--desk-client-secret-file", type=Path, help="its secret; without it desks make no account"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="folder of the portal's own")
    where.add_argument(
        "--settings", type=Path, help="a TOML file that tells folder, database, PACS"
    )
    parser.add_argument("--database", default="", help="postgresql+psycopg://…, when not a file")
    parser.add_argument("--level", type=int, help="lowest level, when not the registered one")
    parser.add_argument("--clock-file", type=Path, help="by how many seconds the clock is ahead")
    parser.add_argument("--demo-cast", type=Path, help="fill it as a demo: who its people are")
    parser.add_argument("--mail-host", help="mail server by which people are told; none: by nobody")
    parser.add_argument("--mail-port", type=int, default=587, help="its port")
    parser.add_argument("--mail-security", choices=SECURITIES, default=SECURITIES[0])
    parser.add_argument("--mail-from", default="", help="address that mails come from")
    parser.add_argument("--mail-user", default="", help="who we are to the mail server")
    parser.add_argument("--mail-password-file", type=Path, help="file that holds the password")
    parser.add_argument("--mail-ca-file", type=Path, help="who vouches for the mail server")
    parser.add_argument(
        "--proxies", type=int, default=0, help="how many in front write X-Forwarded-For"
    )
    parser.add_argument("--region", default="Centre-Val de Loire", help="this portal's region")
    parser.add_argument(
        "--other-region",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "URL"),
        help="another one and its portal's address, or - where it has none; may be given again",
    )
    return parser


def read_config(registration: Registration, options: argparse.Namespace) -> Config:
    """The options as typed values."""
    secret_file: Path | None = options.client_secret_file
    provider = make_provider(
        registration,
        issuer=options.issuer,
        client_id=options.client_id,
        client_secret=secret_file.read_text("utf-8").strip() if secret_file else None,
        url=options.url or f"http://localhost:{options.port}",
        level=options.level,
    )
    settings = (
        read_settings(options.settings)
        if options.settings
        else Settings(data=options.data, database=options.database)
    )
    if options.mail_host:
        settings = replace(settings, mail=_read_mail(options, provider.home_origin))
    others = tuple(Region(name, "" if url == "-" else url) for name, url in options.other_region)
    clock_file: Path | None = options.clock_file
    now = MovedClock(clock_file) if clock_file else system_time
    desk_secret: Path | None = options.desk_client_secret_file
    accounts = desk_secret and SceauAccounts(
        provider, options.desk_client_id, desk_secret.read_text("utf-8").strip(), now
    )
    return Config(
        provider=provider,
        settings=settings,
        regions=Regions(Region(options.region), others),
        # Where months pass in minutes, so do the provider's keys.
        limits=Limits(idle=LIMITS.idle, key_refetch=1) if clock_file else LIMITS,
        now=now,
        proxies=options.proxies,
        accounts=accounts or None,
    )


def _read_mail(options: argparse.Namespace, home: str) -> Mail:
    mail = Mail(
        host=options.mail_host,
        port=options.mail_port,
        security=options.mail_security,
        sender=options.mail_from,
        link=f"{home}/",
        user=options.mail_user,
        password_file=options.mail_password_file,
        ca_file=options.mail_ca_file,
    )
    if faults := mail.faults():
        raise SettingsError(faults)
    return mail


if __name__ == "__main__":
    sys.exit(main())
