# SPDX-License-Identifier: Apache-2.0
"""Small servers on loopback that behave, or do not; certificates for them."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Server:
    """Answers each connection by `behave(connection, request)` in a thread of its own."""

    def __init__(self, behave, tls=None):
        self.behave, self.tls = behave, tls
        self.requests, self.names = [], []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopped = threading.Event()
        if tls:
            tls.sni_callback = lambda _wire, name, _context: self.names.append(name)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        # A client that leaves early is what many of these tests are about.
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                self.requests.append(read_request(connection))
                self.behave(connection, self)

    def close(self):
        self.stopped.set()
        self.listener.close()


def read_request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        if not (part := connection.recv(65536)):
            return received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        while name.lower() == b"content-length" and len(body) < int(value):
            body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def says(*parts):
    """A behaviour that sends these bytes, and ends."""

    def behave(connection, _server):
        for part in parts:
            connection.sendall(part)
        with contextlib.suppress(OSError):
            if isinstance(connection, ssl.SSLSocket):
                connection.unwrap()

    return behave


def answer(body, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return says("\r\n".join(lines).encode() + body)


class Authority:
    """A certificate authority of one test run."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign("Authority of the tests", self.key, None)
        self.path = folder / "authority.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, name, key, names, days=1):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        issuer = self.certificate.subject if names else subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=2))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def server(self, *names, days=1):
        """The TLS side of a server that bears these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.sign("server", key, [general_name(name) for name in names], days)
        path = self.folder / f"{certificate.serial_number}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def client(self):
        """The TLS side of a client that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.path))


def general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
