"""Whatever goes wrong with files or cable: nothing is said to be stored that is not so.

The same scenarios are played to `adb pull` and BetterADBSync by `python -m tests.bench detection`.
"""

import pytest

from tests.spoiling.copies import adb_pull, judged
from tests.spoiling.ours import OurBackup
from tests.spoiling.scenarios import SCENARIOS, Scenario

pytestmark = pytest.mark.handset

LIGHT = [scenario for scenario in SCENARIOS if not scenario.heavy]


@pytest.mark.parametrize("scenario", LIGHT, ids=lambda scenario: scenario.name)
def test_nothing_is_claimed_that_is_not_so(start_handset, tmp_path, scenario: Scenario):
    phone = start_handset(seed=False)

    said = judged(phone, scenario, OurBackup(phone, tmp_path))

    assert said.false == []


def test_the_scenarios_do_spoil_a_copy(start_handset, tmp_path):
    """A scenario that spoils nothing would be passed by anybody."""
    phone = start_handset(seed=False)
    flipped = next(one for one in SCENARIOS if one.name == "a bit flips on the way")

    said = judged(phone, flipped, adb_pull(phone, tmp_path / "copy"))

    assert said.false == [b"DCIM/film.mp4"]
