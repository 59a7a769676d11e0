"""I3 for builds: what the steps of a visit show of a lock tool, whatever the station calls it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.builds.evidence import showed
from fleet.contracts.builds import BuildTrust
from fleet.contracts.rotation import StepName
from tests.fleet.stations.desk import FOUND_NEW, FOUND_OLD, PROOF, steps

VERDICTS = ("accepted", "refused", "begun", "done", "locked", "throttled", "contradicts")
said = st.lists(
    st.tuples(st.sampled_from(list(StepName)), st.sampled_from(VERDICTS)).map(" ".join), max_size=9
)
NOT_APPLIED = ("check_old accepted", "set done", "check_new refused", "check_old_again accepted")


@pytest.mark.parametrize("shown", [PROOF, FOUND_NEW, FOUND_OLD])
def test_a_no_to_a_wrong_value_and_a_yes_after_it_make_it_trusted(shown: tuple[str, ...]) -> None:
    assert showed(steps(*shown)).trust is BuildTrust.TRUSTED


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (("check_old accepted", "canary accepted"), "says_yes_to_everything"),
        (("set done", "check_new accepted", "control accepted"), "says_yes_to_everything"),
        (("look contradicts",), "says_yes_to_everything"),
        (NOT_APPLIED, "not_applied"),
        (("set policy", "check_old_again refused"), "answers_contradict"),
        (
            ("set done", "check_new accepted", "control refused", "check_new_again refused"),
            "answers_contradict",
        ),
    ],
)
def test_each_lie_makes_it_untrusted_for_its_own_reason(shown: tuple[str, ...], why: str) -> None:
    seen = showed(steps(*shown))

    assert (seen.trust, seen.why) == (BuildTrust.UNTRUSTED, why)


@pytest.mark.parametrize(
    "shown",
    [
        (),
        ("look locked", "check_old refused"),
        ("look unsupported",),
        ("check_old accepted", "set begun", "check_new refused", "check_old_again accepted")[:2],
        ("set done", "check_new accepted", "control throttled"),
    ],
)
def test_what_shows_nothing_leaves_it_unknown(shown: tuple[str, ...]) -> None:
    assert showed(steps(*shown)).trust is BuildTrust.UNKNOWN


def test_a_set_whose_answer_was_lost_is_no_lie() -> None:
    cut_off = ("check_old accepted", "set begun", *FOUND_OLD)

    assert showed(steps(*cut_off)).trust is BuildTrust.TRUSTED


@given(shown=said)
def test_it_is_never_trusted_without_a_no(shown: list[str]) -> None:
    if showed(steps(*shown)).trust is BuildTrust.TRUSTED:
        assert any(text.endswith("refused") for text in shown)
        assert not {"canary accepted", "control accepted"} & set(shown)
