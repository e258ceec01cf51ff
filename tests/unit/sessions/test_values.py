# SPDX-License-Identifier: Apache-2.0
"""A session's worth is read from its proofs, and from nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Level
from idp.sessions.values import Proof, Session, dump_proofs, read_proofs

PROOFS = st.lists(
    st.builds(
        Proof,
        st.text(max_size=12),
        st.sampled_from(Level),
        st.lists(st.text(max_size=6), max_size=3).map(tuple),
        st.integers(0, 2**40),
        st.text(max_size=22),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


@given(PROOFS)
def test_proofs_survive_their_column(proofs):
    assert read_proofs(dump_proofs(proofs)) == proofs


@given(PROOFS)
def test_se_008_level_time_and_methods_are_those_of_the_proofs(proofs):
    session = Session("s", "claire", proofs, 0, 0, 0)
    assert session.level in {one.level for one in proofs}
    assert all(session.level >= one.level for one in proofs)
    assert session.authenticated_at in {one.at for one in proofs}
    assert set(session.means) == {one.means for one in proofs}
    assert set(session.methods) == {name for one in proofs for name in one.methods}
    assert len(session.methods) == len(set(session.methods))


def test_where_somebody_is_is_not_in_the_repr():
    proof = Proof("password", Level.PASSWORD, ("pwd",), 0, "j")
    session = Session("s", "claire", (proof,), 0, 0, 0, "192.0.2.77", "Firefox")
    assert "192.0.2.77" not in repr(session)
