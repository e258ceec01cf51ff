# SPDX-License-Identifier: Apache-2.0
"""The command line of an example application, and its server: granian, one worker process."""

import argparse
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from relying_parties.clock import MovedClock, system_time
from relying_parties.kit.binding import DEFAULT_LIMITS
from relying_parties.kit.outcome import SettingsError
from relying_parties.kit.saml.settings import METADATA, SamlProvider
from relying_parties.kit.saml.signatures import read_own_key
from relying_parties.kit.settings import SECURITY, SIGNING, Limits, Provider
from relying_parties.own_keys import own_key, told
from relying_parties.registration import (
    Registration,
    Strict,
    load_registration,
    make_provider,
    make_saml_provider,
)
from relying_parties.shell import Config

THREADS = 8
STOP_SECONDS = 5

Factory = Callable[[Config], Flask]
WSGIApplication = Callable[..., Iterable[bytes]]


def run(key: str, create_app: Factory, arguments: Sequence[str] | None = None) -> int:
    """Start the application; returns once SIGTERM or SIGINT stopped it."""
    registration = load_registration(key)
    options = make_parser(registration).parse_args(arguments)
    try:
        config = read_config(registration, options)
        config.data.mkdir(parents=True, exist_ok=True)
        check_port(options.address, options.port)
    except (SettingsError, OSError) as fault:
        sys.stderr.write(f"{key}: {fault}\n")
        return 2
    sys.stderr.write(f"{registration.name}: {config.provider.home_origin}/\n")
    serve(key, options, partial(create_app, config))
    return 0


def serve(
    key: str,
    options: argparse.Namespace,
    load: Callable[[], WSGIApplication],
    threads: int = THREADS,
) -> None:
    """Serve what is loaded in the process that serves it, until a signal stops it."""
    server = Server(
        key,
        address=options.address,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=load, wrap_loader=False)


def check_port(address: str, port: int) -> None:
    """Raise where the port is taken, in words that a person understands."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as fault:
            raise OSError(f"port {port} on {address}: {fault.strerror}") from fault


def make_parser(registration: Registration) -> argparse.ArgumentParser:
    """The options, with the demo's values where there is a sensible one."""
    parser = argparse.ArgumentParser(
        prog=f"python -m relying_parties.{registration.key}", description=registration.long_name
    )
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=registration.port, help="port to listen on")
    parser.add_argument("--url", help="address that browsers use, when not localhost and the port")
    parser.add_argument("--issuer", default="http://localhost:8000", help="the provider's address")
    if registration.protocol == "saml":
        parser.add_argument("--metadata", help="the provider's, when not at its usual address")
        parser.add_argument("--key-file", type=Path, required=True, help="our key, as PEM")
        parser.add_argument("--certificate-file", type=Path, required=True, help="as registered")
    else:
        parser.add_argument("--client-id", default=registration.key, help="as registered")
        proof = parser.add_mutually_exclusive_group()
        proof.add_argument("--client-secret-file", type=Path, help="file that holds the secret")
        proof.add_argument(
            "--fapi", choices=(SECURITY, SIGNING), help="by keys of its own, as FAPI 2.0 has it"
        )
    parser.add_argument("--data", type=Path, required=True, help="folder for the sessions")
    parser.add_argument("--level", type=int, help="lowest level, when not the registered one")
    parser.add_argument("--clock-file", type=Path, help="by how many seconds the clock is ahead")
    parser.add_argument("--other-url", help="address of the other example application")
    return parser


def read_config(registration: Registration, options: argparse.Namespace) -> Config:
    """The options as typed values."""
    speaks_saml = registration.protocol == "saml"
    provider = _saml(registration, options) if speaks_saml else _oidc(registration, options)
    other = load_registration("dcc" if registration.key == "rcp" else "rcp")
    clock_file: Path | None = options.clock_file
    # Where months pass in minutes, so do the provider's keys.
    limits = Limits(key_refetch=1) if clock_file else DEFAULT_LIMITS
    return Config(
        provider=provider,
        data=options.data,
        other_url=options.other_url or other.home_url,
        limits=limits,
        now=MovedClock(clock_file) if clock_file else system_time,
    )


def _oidc(registration: Registration, options: argparse.Namespace) -> Provider:
    secret_file: Path | None = options.client_secret_file
    strict = _strict(options) if options.fapi else Strict()
    return make_provider(
        registration,
        issuer=options.issuer,
        client_id=options.client_id,
        client_secret=secret_file.read_text("utf-8").strip() if secret_file else None,
        url=options.url or f"http://localhost:{options.port}",
        level=options.level,
        **strict,
    )


def _strict(options: argparse.Namespace) -> Strict:
    options.data.mkdir(parents=True, exist_ok=True)
    key, proof = (own_key(options.data / f"{name}.pem") for name in ("client-key", "proof-key"))
    sys.stderr.write(f"public keys, as they are registered: {told(key)}\n")
    return Strict(profile=options.fapi, client_key=key, proof_key=proof)


def _saml(registration: Registration, options: argparse.Namespace) -> SamlProvider:
    # The name of a Sceau in this protocol is the address of its metadata.
    issuer = options.issuer.rstrip("/") + METADATA
    try:
        key = read_own_key(options.key_file.read_bytes(), options.certificate_file.read_bytes())
    except ValueError as fault:
        raise SettingsError([f"--key-file, --certificate-file: {fault}"]) from fault
    return make_saml_provider(
        registration,
        issuer=issuer,
        metadata=options.metadata or issuer,
        key=key,
        url=options.url or f"http://localhost:{options.port}",
        level=options.level,
    )
