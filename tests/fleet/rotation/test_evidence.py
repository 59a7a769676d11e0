"""I3: what a visit's steps show, whatever the station calls it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.contracts.proof import Level
from fleet.contracts.rotation import StepName
from fleet.rotation.evidence import read
from tests.fleet.stations.desk import FOUND_NEW, FOUND_OLD, PROOF, steps

VERDICTS = ("accepted", "refused", "begun", "done", "locked", "throttled", "unclear", "no_lock")
said = st.lists(
    st.tuples(st.sampled_from(list(StepName)), st.sampled_from(VERDICTS)).map(" ".join), max_size=9
)


def test_a_full_visit_proves_the_new_value() -> None:
    assert read(steps(*PROOF), asking=False).new is Level.PROVEN


def test_a_visit_that_asks_needs_no_set() -> None:
    assert read(steps(*FOUND_NEW), asking=True).new is Level.PROVEN
    assert read(steps(*FOUND_NEW), asking=False).new is Level.NONE


def test_without_a_refused_control_it_is_verified_at_most() -> None:
    shown = [step for step in PROOF if not step.startswith("control")]

    assert read(steps(*shown), asking=False, believed=True).new is Level.VERIFIED
    assert read(steps(*shown), asking=False).new is Level.NONE


@pytest.mark.parametrize(
    "lie",
    [
        ("control refused", "control accepted"),
        ("check_new accepted", "check_new refused"),
        ("check_new accepted", "check_new begun"),
        ("check_new_again accepted", "check_new_again refused"),
        ("witness locked", "check_old_again accepted"),
        ("set done", "look locked"),
    ],
)  # fmt: skip
def test_each_answer_that_speaks_against_it_takes_the_proof_back(lie: tuple[str, str]) -> None:
    shown = [lie[1] if step == lie[0] else step for step in PROOF]

    assert not read(steps(*shown), asking=False).new.at_least(Level.PROVEN)


def test_what_was_accepted_before_it_was_set_proves_nothing() -> None:
    shown = ("look locked", "check_new accepted", "control refused", "set done")

    assert read(steps(*shown), asking=False).new is Level.NONE


def test_an_interrupted_visit_counts_with_what_the_next_one_found() -> None:
    cut_off = ("look begun", "check_old begun", "set begun", "check_new begun")

    evidence = read(steps(*cut_off, *FOUND_NEW), asking=False)

    assert (evidence.sent, evidence.new) == (True, Level.PROVEN)


def test_the_old_value_is_proven_where_the_new_one_was_refused() -> None:
    evidence = read(steps(*FOUND_OLD), asking=True)

    assert (evidence.old, evidence.new, evidence.sent) == (Level.PROVEN, Level.NONE, False)


@given(shown=said, asking=st.booleans())
def test_never_both_values_and_never_proven_without_a_no(*, shown: list[str], asking: bool) -> None:
    evidence = read(steps(*shown), asking=asking)

    assert Level.NONE in {evidence.new, evidence.old}
    if evidence.new is Level.PROVEN:
        assert "control refused" in shown
        assert "control accepted" not in shown[_last_set(shown) :]
        assert {"check_new accepted", "check_new_again accepted"} & set(shown[_last_set(shown) :])
        assert evidence.sent or asking


def _last_set(shown: list[str]) -> int:
    return max((n for n, text in enumerate(shown) if text.startswith("set ")), default=0)


def test_the_names_are_those_the_stations_use() -> None:
    from agents.phone.lock_visit import Step

    assert {step.value for step in Step} == {step.value for step in StepName}
