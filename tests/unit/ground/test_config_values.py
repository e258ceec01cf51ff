# SPDX-License-Identifier: Apache-2.0
"""Values of settings: which are accepted, which are refused, and that none breaks anything."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.config import ConfigFaults, load
from tests.unit.ground.configuring import LEAST, faults_of, only_fault_of


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "issuer",
    [
        "https://sceau.example.fr",
        "https://sceau.example.fr:8443",
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://[::1]:8000",
        "https://10.0.0.1",
    ],
)
def test_issuers_accepted(issuer):
    assert load(None, LEAST | {"SCEAU_SERVER_ISSUER": issuer}).server.issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "sceau.example.fr",
        "ftp://sceau.example.fr",
        "http://sceau.example.fr",
        "http://localhost.example.fr",
        "http://127.0.0.2",
        "http://2130706433",
        "http://127.1",
        "https://sceau.example.fr/",
        "https://sceau.example.fr/idp",
        "https://sceau.example.fr?",
        "https://sceau.example.fr?a=b",
        "https://sceau.example.fr#",
        "https://sceau.example.fr#a",
        "https://user@sceau.example.fr",
        "https://user:secret@sceau.example.fr",
        "https://Sceau.example.fr",
        "HTTPS://sceau.example.fr",
        "https://sceau.example.fr.",
        "https://sceau.example.fr:443",
        "https://sceau.example.fr:",
        "https://sceau.example.fr:0",
        "https://sceau.example.fr:65536",
        "https://sceau.example.fr:0443",
        "https://sceau.éxample.fr",
        "https://",
        "https://[::1",
        "https://[1.2.3.4]",
        "https://[0::1]",
        "https://a b",
        "https://a\tb",
        "https://a\\b",
    ],
)
def test_issuers_refused(issuer):
    assert only_fault_of(LEAST | {"SCEAU_SERVER_ISSUER": issuer}).startswith("server.issuer")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERVER_PORT", "0"),
        ("SERVER_PORT", ""),
        ("SERVER_PORT", "8e3"),
        ("SERVER_PORT", "٨٠"),
        ("SERVER_PORT", "9" * 5000),
        ("SERVER_WORKERS", "0"),
        ("SERVER_BIND", "example.fr"),
        ("SERVER_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("SERVER_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("SERVER_TRUSTED_PROXIES", "::/0"),
        ("SERVER_TRUSTED_PROXIES", "proxy"),
        ("SERVER_TRUSTED_HOSTS", "sceau.example.fr,*"),
        ("SERVER_TRUSTED_HOSTS", "other.example.fr"),
        ("SERVER_TRUSTED_HOSTS", "sceau.example.fr,sceau.example.fr"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///a.db?mode=ro"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "postgresql+psycopg2://h/d"),
        ("DATABASE_URL", "postgresql://h"),
        ("DATABASE_URL", "nonsense"),
        ("SECRETS_KEYS", "nonsense"),
        ("REGION_NAME", ""),
        ("REGION_NAME", "a\x1b[31m"),
        ("REGION_NAME", "a\udcff"),
        ("REGION_NAME", "a\u2028b"),
        ("REGION_NAME", "a" * 5000),
        ("REGION_SUPPORT_EMAIL", "nobody"),
        ("REGION_LOGO", "logo.exe"),
        ("REGION_LOGO", "absent.png"),
        ("LOCALE_DEFAULT", "de"),
        ("LOCALE_AVAILABLE", "en"),
        ("LOCALE_AVAILABLE", "fr,de"),
        ("PASSWORD_MEMORY_KIB", "8192"),
        ("PASSWORD_MEMORY_KIB", "4096"),
        ("PASSWORD_TIME_COST", "1"),
        ("PASSWORD_ALLOW_WEAK", "true"),
        ("THROTTLE_FIRST_DELAY", "3601"),
        ("THROTTLE_DISABLE_AFTER", "101"),
        ("THROTTLE_PER_DAY", "101"),
        ("SESSION_ABSOLUTE", "86401"),
        ("SESSION_IDLE", "43201"),
        ("SESSION_TOUCH", "3601"),
        ("JOURNEY_LIFETIME", "86401"),
        ("TOKENS_CODE", "601"),
        ("TOKENS_REFRESH_IDLE", "86401"),
        ("SIGNING_ALGORITHM", "none"),
        ("SIGNING_ALGORITHM", "HS256"),
        ("AUDIT_SEAL_INTERVAL", "nan"),
        ("OUTGOING_ALLOW", "localhost"),
        ("OUTGOING_ALLOW", "[::1]"),
        ("OUTGOING_ALLOW", "127.1:80"),
        ("OUTGOING_TIMEOUT", "0"),
        ("LOG_LEVEL", "trace"),
        ("LOG_FORMAT", "xml"),
        ("DEMO_ENABLED", "true"),
        ("DEMO_ENABLED", "oui"),
    ],
)
def test_values_refused(variable, value):
    fault = faults_of(LEAST | {f"SCEAU_{variable}": value})[0]
    assert "expected" in fault
    assert fault.isprintable()
    assert len(fault) < 700


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PASSWORD_MEMORY_KIB", "47104"),
        ("SERVER_TRUSTED_HOSTS", "sceau.example.fr, interne.example.fr:8443"),
        ("SERVER_TRUSTED_PROXIES", "10.0.0.0/8, ::1, 192.0.2.1"),
        ("OUTGOING_ALLOW", "localhost:8001, [::1]:8001, 10.0.0.1:443"),
        ("OUTGOING_TIMEOUT", "2.5"),
        ("LOCALE_AVAILABLE", "fr"),
        ("DATABASE_URL", "postgresql:///d?host=/tmp&port=5433"),
    ],
)
def test_values_accepted(variable, value):
    assert load(None, LEAST | {f"SCEAU_{variable}": value})


@given(st.text(max_size=60))
def test_any_text_is_refused_in_words_or_accepted_never_a_crash(value):
    names = (
        "SERVER_ISSUER",
        "SERVER_TRUSTED_HOSTS",
        "SERVER_PORT",
        "DATABASE_URL",
        "OUTGOING_ALLOW",
    )
    environ = LEAST | {f"SCEAU_{name}": value for name in names}
    with suppress(ConfigFaults):
        assert load(None, environ)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://poste.region.example",
        "http://intranet/agent",
        "https://poste.region.example:8443/a/b?os=windows#cps",
    ],
)
def test_pages_elsewhere_accepted(url):
    assert load(None, LEAST | {"SCEAU_REGION_AGENT_URL": url}).region.agent_url == url


@pytest.mark.parametrize(
    "url",
    [
        "poste.region.example",
        "//poste.region.example",
        "/agent",
        "https://",
        "https:///agent",
        "javascript:alert(1)",
        "ftp://poste.region.example",
        "https://who@poste.region.example",
        "https://poste.region.example/a b",
        'https://poste.region.example/"onclick',
    ],
)
def test_pages_elsewhere_refused(url):
    assert "SCEAU_REGION_AGENT_URL" in only_fault_of(LEAST | {"SCEAU_REGION_AGENT_URL": url})
