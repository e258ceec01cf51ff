# SPDX-License-Identifier: Apache-2.0
"""Faults of a registration as values: one key for each kind, one sentence for each reader."""

from collections.abc import Iterator
from string import Formatter

import pytest

from idp.applications.faults import Unfit, What, fault
from idp.headers.site import Unfitting
from idp.http.addresses import Unaddressed
from idp.oidc.absent import Uncallable
from idp.oidc.asking import Unaskable
from idp.oidc.binding import Unbindable
from idp.oidc.client import Unusable
from idp.oidc.client_tls import Unshowable
from idp.oidc.encrypting import Unencryptable
from idp.oidc.exchanging import Unexchangeable
from idp.oidc.lasting import Unlasting
from idp.oidc.profile import Unsafe
from idp.oidc.response_types import Unanswerable
from idp.oidc.signals.settings import Unsignalled
from idp.oidc.tenants import Untenable
from idp.oidc.vouching import Unvouched
from idp.saml.unfit import NOT_ENCRYPTED, Amiss
from idp.web.admin.application_faults import SENTENCES, by_field, sentence

# Each reader's own; one that is new is found below, and asked for here.
KINDS = (
    Unfit,
    Unaddressed,
    Unusable,
    Unanswerable,
    Unbindable,
    Unshowable,
    Unaskable,
    Unencryptable,
    Uncallable,
    Unsafe,
    Unexchangeable,
    Unlasting,
    Unvouched,
    Unsignalled,
    Untenable,
    Amiss,
    Unfitting,
)


def every() -> Iterator[What]:
    for kind in What.__subclasses__():
        yield from kind


def test_each_reader_is_known_here() -> None:
    assert set(What.__subclasses__()) == set(KINDS)


def test_each_kind_has_its_own_key_and_words_of_a_page() -> None:
    keys = [one.key for one in every()]
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(SENTENCES)


@pytest.mark.parametrize("what", list(every()), ids=lambda one: one.key)
def test_a_page_is_told_all_that_its_sentence_holds(what: What) -> None:
    facts = {name: "X" for _text, name, _form, _how in Formatter().parse(what.value) if name}
    told = sentence(fault("place", what, **facts))
    assert "%(" not in told
    assert "{" not in fault("place", what, **facts).why


def test_what_stands_where_is_said_to_programs_in_english() -> None:
    one = fault("saml.acs", Unaddressed.NOT_HTTPS, row=1, part="url", value="http://a.example")
    assert str(one).startswith("saml.acs: number 2: url: 'http://a.example' must be https")
    named = fault("headers.names", Unfit.ONE_OF, row="X-User", part="of", known="name, email")
    assert str(named) == "headers.names.X-User: of: one of name, email is expected"


def test_a_fault_is_shown_at_its_cell() -> None:
    faults = [
        fault("saml.acs", Unaddressed.NOT_HTTPS, row=1, part="url", value="http://a.example"),
        fault("saml.acs", Amiss.NO_ANSWER),
        fault("headers.names", Unfit.ONE_OF, row="X-User", part="of", known="name"),
    ]
    values = {"headers.names": [{"name": "X-Other"}, {"name": "X-User"}]}
    assert set(by_field(faults, values)) == {"saml.acs.1.url", "saml.acs", "headers.names.1.of"}


def test_wb_008_what_was_typed_is_no_format_of_ours() -> None:
    typed = "%(most)s {most} http://a.example"
    one = fault("oidc.redirect_uris", Unaddressed.NOT_HTTPS, value=typed)
    assert sentence(one).startswith(typed)
    assert typed in one.why.replace("\\", "")


def test_each_reason_not_to_encrypt_is_a_fault() -> None:
    assert len(set(NOT_ENCRYPTED.values())) == len(NOT_ENCRYPTED)
