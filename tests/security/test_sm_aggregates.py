# SPDX-License-Identifier: Apache-2.0
"""A federation's aggregate: read in parts, believed as a whole or not at all."""

from io import BytesIO

import pytest
from lxml import etree

from idp.administration.rules.protocols import Fault
from idp.saml.aggregate import entities, prove
from idp.saml.descriptions import SamlDescriptions
from idp.saml.signatures import bare
from tests.benchmarks.aggregates import aggregated
from tests.saml_federation import (
    FEDERATION,
    GROUP,
    ODD,
    PROVIDER,
    aggregate,
    entity,
    signed_whole,
)
from tests.saml_following import DAY
from tests.saml_kit import certificate
from tests.saml_metadata import key
from tests.world import START, StandingClock

PIN = bare(certificate(FEDERATION))
OPENED = "<md:EntityDescriptor"
ROLE = "<md:SPSSODescriptor"
WITH_ODD = (ROLE, ODD + ROLE)


def read(document, piece=1 << 20, pin=PIN):
    """What is believed of it, and the applications in it."""
    source, aside = BytesIO(document), BytesIO()
    proved = prove(lambda _size: source.read(piece), aside, pin, START)
    if isinstance(proved, Fault):
        return proved
    return list(entities(aside, proved, START, lambda _name, _title: True))


def many(*others, **how):
    swaps = {3: WITH_ODD, 7: WITH_ODD}
    made = [entity(one, *([swaps[one]] if one in swaps else [])) for one in range(30)]
    return aggregate(*made, *others, **how)


@pytest.mark.parametrize(
    "prefixes", [(), ("unused", "ds"), ("#default", "md"), ("a", "b", "c")], ids=str
)
def test_sm_072_its_parts_are_the_whole_wherever_it_is_cut(prefixes):
    document = many(PROVIDER, prefixes=prefixes)
    for piece in (97, 700, 4096, 50_000, 1 << 20):
        found = read(document, piece)
        assert [one.member.fault for one in found] == [None] * 30, piece
        assert [one.described.name for one in found][:2] == [
            "https://sp0.example/metadata",
            "https://sp1.example/metadata",
        ]
        assert found[7].member.imported.document["name"] == "Messagerie 7"
        assert found[7].described.valid_until == START + 7 * DAY


def swapped(old, new, count=1):
    document = many()
    assert old in document
    return document.replace(old, new, count)


def without_signature():
    document = many()
    return document.partition(b"<ds:Signature")[0] + document.partition(b"</ds:Signature>")[2]


def signature_last():
    document = many()
    head, _, rest = document.partition(b"<ds:Signature")
    inside, _, after = rest.partition(b"</ds:Signature>")
    moved = b"<ds:Signature" + inside + b"</ds:Signature></md:EntitiesDescriptor>"
    return head + after.replace(b"</md:EntitiesDescriptor>", moved)


def one_less():
    root = etree.fromstring(many())
    root.remove(root[5])
    return etree.tostring(root)


def around():
    """The honest aggregate inside of an evil one."""
    honest = many().partition(b"?>")[2].strip()
    return f"{GROUP}>{entity(99)}".encode() + honest + b"</md:EntitiesDescriptor>"


def of_one():
    """One entity of it is signed, and the whole is not."""
    inside = entity(1).replace("<md:EntityDescriptor", '<md:EntityDescriptor ID="_all"', 1)
    one = signed_whole(inside).partition(b"?>")[2].decode()
    return f'{GROUP} ID="_group" validUntil="2030-01-01T00:00:00Z">{one}</md:EntitiesDescriptor>'


EVIL = entity(1, ("https://sp1.example/acs", "https://evil.example/acs")).encode()
POISONS = {
    "unsigned": (without_signature, Fault.UNSIGNED),
    "signed by another": (lambda: many(by="saml evil"), Fault.UNPROVED),
    "an address changed": (
        lambda: swapped(b"https://sp7.example/acs", b"https://evil.example/acs"),
        Fault.UNPROVED,
    ),
    "the last entity changed": (
        lambda: swapped(b"https://sp29.example/acs", b"https://evil.example/acs"),
        Fault.UNPROVED,
    ),
    "an entity more": (
        lambda: swapped(b"</md:EntitiesDescriptor>", EVIL + b"</md:EntitiesDescriptor>"),
        Fault.UNPROVED,
    ),
    "an entity less": (one_less, Fault.UNPROVED),
    "a time that was prolonged": (
        lambda: swapped(b'validUntil="2026', b'validUntil="2036'),
        Fault.UNPROVED,
    ),
    "a digest of its own": (
        lambda: swapped(b"<ds:DigestValue>", b"<ds:DigestValue>AA"),
        Fault.UNPROVED,
    ),
    "out of date": (lambda: many(until=START), Fault.OVER),
    "without end": (lambda: many(until=None), Fault.ENDLESS),
    "the signature elsewhere": (signature_last, Fault.UNSIGNED),
    "wrapped": (around, Fault.UNREADABLE),
    "signed in part": (lambda: of_one().encode(), Fault.UNSIGNED),
    "a group inside": (
        lambda: many(f"{GROUP}>{entity(50)}</md:EntitiesDescriptor>"),
        Fault.UNREADABLE,
    ),
    "a document type": (
        lambda: swapped(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY e "e">]>\n'),
        Fault.UNREADABLE,
    ),
    "CDATA": (lambda: swapped(b"Messagerie 7", b"<![CDATA[Messagerie 7]]>"), Fault.UNREADABLE),
    "an entity reference": (lambda: swapped(b"Messagerie 7", b"&evil;"), Fault.UNREADABLE),
    "cut off": (lambda: many()[:-200], Fault.UNREADABLE),
    "more behind": (lambda: many() + b"<x/>", Fault.UNREADABLE),
    "too large a part": (
        lambda: many(entity(40, ("Messagerie 40", "x" * (3 << 20)))),
        Fault.UNREADABLE,
    ),
    "too deep": (lambda: swapped(b"Messagerie 7", b"<x>" * 300 + b"</x>" * 300), Fault.UNREADABLE),
    "no UTF-8": (lambda: swapped(b"Messagerie 7", b"Messagerie \xff"), Fault.UNREADABLE),
    "UTF-16": (lambda: many().decode().encode("utf-16"), Fault.UNREADABLE),
    "no aggregate": (lambda: entity(1).encode(), Fault.UNREADABLE),
    "nothing": (lambda: b"", Fault.UNREADABLE),
    # Neither has a canonical form (SM-021).
    "a namespace without a beginning": (
        lambda: swapped(b"Messagerie 7", b'<x xmlns:a="b"/>'),
        Fault.UNREADABLE,
    ),
    "such a one in what is signed": (
        lambda: swapped(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:a="b">'),
        Fault.UNREADABLE,
    ),
}


def test_sm_070_sm_072_a_poisoned_aggregate_is_refused_as_a_whole():
    for name, (made, fault) in POISONS.items():
        document = made()
        for piece in (600, 1 << 20):
            assert read(document, piece) is fault, (name, piece)


def test_sm_013_only_the_key_that_was_named_counts():
    assert read(many(by="saml evil"), pin=PIN) is Fault.UNPROVED
    assert len(read(many(by="saml evil"), pin=bare(certificate("saml evil")))) == 30


def test_sm_019_a_remark_cuts_no_value():
    remarked = many().replace(b"Messagerie 7", b"Messa<!-- x -->gerie 7")
    assert read(remarked)[7].member.title == "Messagerie 7"
    # Nor does an instruction that nobody signed: neither is there when it is verified and read.
    instructed = many().replace(b"Messagerie 7", b"Messa<?x y?>gerie 7")
    assert read(instructed)[7].member.title == "Messagerie 7"


def test_sm_072_what_cannot_be_one_here_is_told_and_harms_no_other():
    over = entity(2).replace(
        "<md:EntityDescriptor", '<md:EntityDescriptor validUntil="2020-01-01T00:00:00Z"', 1
    )
    invalid = entity(3).replace("<md:Organization>", "<md:Unheard/><md:Organization>")
    twice = entity(1, keys=key("saml evil"))
    found = read(aggregate(entity(1), over, invalid, twice, PROVIDER, entity(4)))
    assert [(one.member.name, one.member.fault) for one in found] == [
        ("https://sp1.example/metadata", None),
        ("https://sp2.example/metadata", Fault.OVER),
        ("https://sp3.example/metadata", Fault.UNREADABLE),
        ("https://sp1.example/metadata", Fault.TWICE),
        ("https://sp4.example/metadata", None),
    ]


def test_sm_017_what_would_cost_minutes_to_canonicalise_is_not():
    """Before anybody knows whose it is: the signature is that of an honest one."""
    prefixes = " ".join(f'xmlns:a{one}="urn:x-{one}"' for one in range(600))
    names = " ".join(f'a{one}="x"' for one in range(600))
    half = " ".join(f'xmlns:b{one}="urn:x-{one}"' for one in range(300))
    nested = f"<x {half}><y {half.replace('xmlns:b', 'xmlns:c')}/></x>"
    end, begun = "</md:EntitiesDescriptor>", ' ID="_all"'
    swaps = [(end, inside + end) for inside in (f"<x {prefixes}/>", f"<x {names}/>", nested)]
    swaps += [(begun, f" {more}{begun}") for more in (prefixes, names, f'a="{"x" * 70_000}"')]
    for old, new in swaps:
        document = swapped(old.encode(), new.encode())
        for piece in (4096, 1 << 20):
            assert read(document, piece) is Fault.UNREADABLE, new[:20]
    # One that is odd, and costs nothing, spoils nothing but itself.
    odd = entity(9, (ROLE, f"<md:Extensions><x {half}/></md:Extensions>{ROLE}"))
    found = read(aggregate(entity(1), odd, entity(2)))
    assert [one.member.fault for one in found] == [None, Fault.UNREADABLE, None]


def test_sm_072_none_of_two_of_one_name_is_offered():
    document = aggregate(entity(1), entity(2), entity(1, keys=key("saml evil")))
    saml = SamlDescriptions(StandingClock())
    found = saml.members(BytesIO(document), PIN, lambda _name, _title: True)
    assert [one.name for one in found.chosen] == ["https://sp2.example/metadata"]
    assert [one.fault for one in found.rejected] == [Fault.TWICE]


ODDITIES = {
    "an address in brackets": ("https://sp3.example/metadata", "https://[sp3]/metadata"),
    "a letter that is two": ("https://sp3.example/metadata", "https://sp℀3.example/metadata"),
    "a number of many digits": ('index="1"', f'index="{"0" * 5000}1"'),
}


@pytest.mark.parametrize("swap", ODDITIES.values(), ids=ODDITIES)
def test_sm_072_whatever_one_says_of_itself_the_others_are_read(swap):
    found = read(aggregate(entity(1), entity(3, swap), entity(4)))
    assert [one.member.fault for one in found] == [None] * 3
    assert [one["index"] for one in found[1].described.settings["acs"]] == [0, 1]


def test_sm_072_a_long_aggregate_is_proved_in_the_memory_of_a_short_one():
    """In a process of its own; the scenario of the benchmark, of a size for tests."""
    short, long = aggregated(30), aggregated(600)
    assert long.document_mb > 9
    # The tree of the whole would take four times the document.
    assert long.peak_mb < short.peak_mb + long.document_mb
