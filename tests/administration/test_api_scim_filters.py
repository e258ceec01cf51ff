# SPDX-License-Identifier: Apache-2.0
"""The filter grammar: what it means, and that nothing breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.api.scim.filters import BadFilter, Both, Compare, Either, Has, Not, parse
from idp.api.scim.judging import fits

URN = "urn:sceau:params:scim:schemas:extension:1.0:Person"
CLAIRE = {
    "id": "a1",
    "userName": "cdurand",
    "active": True,
    "name": {"familyName": "Durand", "givenName": "Claire"},
    "emails": [{"value": "claire@chu.example", "type": "work"}],
    "groups": [{"value": "onco-centre", "display": "Onco Centre"}],
    URN: {"nationalId": "810101234567", "establishments": ["370000481"]},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "cdurand"', True),
        ('USERNAME Eq "CDurand"', True),
        ('id eq "A1"', False),
        ('name.familyName sw "DUR" and active eq true', True),
        ('name.familyName co "x" or active eq true', True),
        ('name.familyName co "x" or active eq true and active eq false', False),
        ('not (userName eq "x")', True),
        ('emails[type eq "work" and value ew ".example"]', True),
        ('emails[type eq "home"]', False),
        ('emails eq "claire@chu.example"', True),
        ('emails.value co "@chu"', True),
        ('groups.value eq "onco-centre"', True),
        (f'{URN}:nationalId eq "810101234567"', True),
        (f'{URN}:establishments eq "370000481"', True),
        ("title pr", False),
        ("userName pr and not (title pr)", True),
        ('userName ne "x"', True),
        ("title eq null", True),
        ('userName gt "b"', True),
        ("active eq 1", False),
        ('userName eq "c\\u0064urand"', True),
    ],
)
def test_what_filters_mean(text: str, expected: bool) -> None:
    node = parse(text)
    assert not isinstance(node, BadFilter), node
    assert fits(node, CLAIRE) is expected


def test_and_binds_more_than_or() -> None:
    a, b, c = (Compare(name, "pr") for name in "abc")
    assert parse("a pr or b pr and c pr") == Either(a, Both(b, c))
    assert parse("(a pr or b pr) and c pr") == Both(Either(a, b), c)
    assert parse("not (a pr) or b[c pr]") == Either(Not(a), Has("b", c))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        'userName eq "a',
        'userName eq "a" "b"',
        'userName eq "a"b',
        "userName eq a",
        "userName is 1",
        "eq eq",
        "(userName pr",
        "userName pr)",
        "userName pr and",
        "not userName pr",
        "a..b pr",
        "1a pr",
        "a gt true",
        "a gt null",
        "a eq 1e5",
        'a eq "\\ud800"',
        'a eq "\x00"',
        "a eq 99999999999999999999",
        "(" * 20 + "a pr" + ")" * 20,
        " and ".join(["a pr"] * 60),
        "a" * 3000 + " pr",
        "a pr; DROP TABLE accounts",
        "a\teq\t1",
    ],
    ids=range(27),
)
def test_what_is_no_filter(text: str) -> None:
    assert isinstance(parse(text), BadFilter), parse(text)


WORDS = st.sampled_from(
    ["userName", "eq", "and", "or", "not", "(", ")", "[", "]", '"a"', "1", "pr", "true", "a.b", " "]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=30).map(" ".join)))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    node = parse(text)
    if not isinstance(node, BadFilter):
        assert fits(node, CLAIRE) in {True, False}


LEAVES = st.builds(
    lambda path, operator, value: f'{path} {operator} "{value}"',
    st.sampled_from(["userName", "name.familyName", "emails.value", f"{URN}:nationalId"]),
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "lt"]),
    st.text("abcé ", max_size=5),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_what_is_right_is_read_and_its_contrary_is_the_contrary(text: str) -> None:
    node = parse(text)
    if isinstance(node, BadFilter):
        assert node.why == "too deep"
        return
    contrary = parse(f"not ({text})")
    if not isinstance(contrary, BadFilter):
        assert fits(node, CLAIRE) is not fits(contrary, CLAIRE)
