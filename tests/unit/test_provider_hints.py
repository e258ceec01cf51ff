# SPDX-License-Identifier: Apache-2.0
"""Domains of addresses, as typed by anybody and as administrators keep them."""

from dataclasses import replace

import pytest

from idp.administration.rules.provider_hints import hint_faults
from idp.providers.hints import MOST, domain_of, led_by, plain_domain
from idp.providers.values import read
from tests.administration.scene_parts import PROVIDER


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("a@chu.example", "chu.example"),
        ("  x@y@CHU.example. ", "chu.example"),
        ("a@hôpital.example", "xn--hpital-ixa.example"),
        ("a@sub.chu.example", "sub.chu.example"),
        ("chu.example", ""),
        ("@chu.example", ""),
        ("a@", ""),
        ("a@..", ""),
        ("a@chu", ""),
        ("a@192.0.2.1", ""),
        ("a@-chu.example", ""),
        ("a@chu.example/x", ""),
        ("a@chu exa.mple", ""),
        ("a@\x00.example", ""),
        ("a@" + "x" * 64 + ".example", ""),
        ("a" * 300 + "@chu.example", ""),
        ("a@" + "x." * 5000 + "example", ""),
    ],
)
def test_the_domain_of_what_was_typed(typed: str, domain: str) -> None:
    assert domain_of(typed) == domain


def test_a_domain_is_kept_as_it_is_compared() -> None:
    kept = replace(PROVIDER, domains=("chu.example",), establishments=("540000017",))
    assert hint_faults(kept) == ()
    assert led_by([PROVIDER, kept], domain="chu.example") == kept.kind
    assert led_by([PROVIDER, kept], establishment="540000017") == kept.kind
    assert led_by([PROVIDER, kept], domain="", establishment="") == ""
    assert plain_domain(plain_domain("Hôpital.example")) == plain_domain("hôpital.EXAMPLE")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("domains", ("CHU.example",)),
        ("domains", ("a@chu.example",)),
        ("domains", ("chu",)),
        ("domains", ("",)),
        ("domains", tuple(f"d{one}.example" for one in range(MOST + 1))),
        ("establishments", ("54000001",)),
        ("establishments", ("54000001x",)),
        ("establishments", tuple(f"5400000{one:02}" for one in range(MOST + 1))),
    ],
)
def test_what_can_not_be_is_told_at_its_field(name: str, value: tuple[str, ...]) -> None:
    assert hint_faults(replace(PROVIDER, **{name: value})) == (name,)


def test_one_that_was_kept_before_there_were_hints_is_read() -> None:
    older = {
        "protocol": "oidc", "name_fr": "x", "name_en": "x", "issuer": "https://x.example",
        "description": "https://x.example/d", "our_name": "x", "secret": "x", "origins": [],
        "scope": [], "populations": ["staff"],
    }  # fmt: skip
    assert read("x", 1, older).domains == ()
