"""Whatever goes wrong with files or cable: nothing is said to be stored that is not so.

The same scenarios are played to `adb pull` and BetterADBSync by `python -m tests.bench detection`.
"""

import pytest

from tests.spoiling.copies import adb_pull, exec_out, judged
from tests.spoiling.ours import OurBackup
from tests.spoiling.scenarios import SCENARIOS, Scenario

pytestmark = pytest.mark.handset

LIGHT = [scenario for scenario in SCENARIOS if not scenario.heavy]


@pytest.mark.parametrize("scenario", LIGHT, ids=lambda scenario: scenario.name)
def test_nothing_is_claimed_that_is_not_so(start_handset, tmp_path, scenario: Scenario):
    phone = start_handset(seed=False)

    said = judged(phone, scenario, OurBackup(phone, tmp_path))

    assert said.false == []


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("a bit flips on the way", adb_pull),
        ("adbd is killed in mid-file", exec_out),
        ("adbd is killed among small files", exec_out),
        ("tar is cut off and its shell says that all is well", exec_out),
    ],
)
def test_the_scenarios_do_spoil_a_copy(start_handset, tmp_path, name, tool):
    """A scenario that spoils nothing would be passed by anybody."""
    phone = start_handset(seed=False)
    scenario = next(one for one in SCENARIOS if one.name == name)

    said = judged(phone, scenario, tool(phone, tmp_path / "copy"))

    assert said.false
