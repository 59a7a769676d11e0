"""A station or a server that is killed in mid-wipe: erased once, said by nobody before it is so.

And a phone that has to be kept by then is not erased, whoever goes on with what was begun.
"""

from dataclasses import dataclass
from time import monotonic, sleep

import pytest
from sqlalchemy import select

from agents.handset.framework.lock import Kind
from fleet.contracts.keeping import PreservationIn
from fleet.contracts.proof import Level
from fleet.custody.acceptance import plan_wipe
from fleet.custody.emptiness import newest_wipe
from fleet.devices.lifecycle import State
from fleet.keeping.preserving import lift, place
from fleet.stations.lifecycle import LIVE
from fleet.stations.models import Job
from fleet.vault.queries import pin_of
from fleet.vault.services import adopt
from tests.agents.station.desk import CLERK
from tests.crash.control import Crash
from tests.crash.world import LOOKS_EVERY, SECONDS, new_pin, world

pytestmark = [
    pytest.mark.handset,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("dialect", ["sqlite"], indirect=True),
]

PRIVATE = "DCIM/private.jpg"
ERASED = "phone.erased"
OF_THE_AGENT = (
    *("lease.kept", "plant.allowed", "clear_pin.asked", "clear_pin.written"),
    *("erase.asked", "erase.allowed", "erase.due", ERASED, "erase.answered"),
    *("report.due", "report.queued", "report.taken"),
)
OF_THE_SERVER = (
    *("server.loan.committed", "server.erase.arrived", "server.erase.uncommitted"),
    *("server.erase.committed", "server.end.arrived", "server.end.uncommitted"),
)


@dataclass(frozen=True)
class Ended:
    """What became of a wipe; `claimed`: the server called erased what was not."""

    happened: bool
    erasings: int
    state: State
    level: Level | None
    there: bool
    claimed: bool
    whole: bool


@dataclass
class Wiping:
    """Rounds of one phone, each from an accepted one with something on it."""

    here: object

    @property
    def is_there(self):
        return (self.here.phone.storage_path / PRIVATE).exists()

    def round(self, *crashes):
        here = self.here
        self._begin()
        here.control.arm(*crashes)
        with here.desk.acting() as session:
            job = plan_wipe(session, here._device(session), actor=CLERK).id
        claimed = self._run_to_the_end()
        with here.desk.looking() as session:
            device = here._device(session)
            wipe = newest_wipe(session, device)
            mine = wipe is not None and wipe.at >= session.get_one(Job, job).created_at
            return Ended(
                happened=len(here.control.happened) == len(crashes),
                erasings=here.control.trace.count(ERASED),
                state=device.state,
                level=wipe.level if mine else None,
                there=self.is_there,
                claimed=claimed,
                whole=here.desk.trail_is_whole(),
            )

    def _begin(self):
        phone, pin = self.here.phone, new_pin()
        phone.wait_until_up()
        phone.lock.change(Kind.PIN, pin)
        phone.put(PRIVATE, b"mine")
        with self.here.desk.acting() as session:
            device = self.here._device(session)
            adopt(session, self.here.desk.tools, pin_of(device), value=pin, reason="r", actor=CLERK)
            device.state = State.ACCEPTED

    def _run_to_the_end(self):
        claimed, deadline = False, monotonic() + SECONDS
        while not (state := self._settled()):
            claimed |= self._claims()
            self.here._start_again()
            assert monotonic() < deadline, " ".join(self.here.control.trace)
            sleep(LOOKS_EVERY)
        return claimed or self._claims() or state is None

    def _claims(self):
        with self.here.desk.looking() as session:
            erased = self.here._device(session).state in {State.WIPED, State.IN_STOCK}
        return erased and self.is_there

    def _settled(self):
        """Return where the phone is when nothing is under way, nor left for the agent to tell.

        What it tells with the next loan would be that exchange's instants, and not the loan's.
        """
        idle = self.here.control.idle
        with self.here.desk.looking() as session:
            if session.scalar(select(Job.id).where(Job.state.in_(LIVE)).limit(1)):
                idle.clear()
            state = self.here._device(session).state
        ended = idle.is_set() and state in {State.IN_STOCK, State.QUARANTINED}
        return state if ended else None


@pytest.fixture
def wiping(tmp_path, url, adb_server):
    with world(tmp_path, url, adb_server) as made:
        yield Wiping(made)


def test_whoever_is_killed_the_phone_is_erased_once_and_said_to_be_when_it_is(wiping):
    rounds = {None: wiping.round()}
    for victim, instants in {"agent": OF_THE_AGENT, "server": OF_THE_SERVER}.items():
        rounds |= {(victim, one): wiping.round(Crash(victim, one)) for one in instants}
    rounds["away"] = wiping.round(*killed_while_it_is_away(wiping.here))

    well = Ended(
        happened=True,
        erasings=1,
        state=State.IN_STOCK,
        level=Level.VERIFIED,
        there=False,
        claimed=False,
        whole=True,
    )
    assert {key: one for key, one in rounds.items() if one != well} == {}


def killed_while_it_is_away(here):
    """Have the phone stay away from its erasing until its station has been killed."""

    def killed_and_back():
        here._kill("agent")
        here._is_pulled = True  # so that it is plugged in again

    here.control.strike |= {"phone": here.phone.unplug, "both": killed_and_back}
    return Crash("phone", "erase.answered"), Crash("both", "phone.away")


def test_a_cable_pulled_before_or_after_the_command_changes_nothing_of_it(wiping):
    instants = "clear_pin.asked", "erase.due", "erase.answered"

    rounds = [wiping.round(Crash("cable", one)) for one in instants]

    assert [(one.happened, one.erasings, one.state) for one in rounds] == [
        (True, 1, State.IN_STOCK)
    ] * len(instants)


def test_what_is_to_be_kept_by_the_time_it_goes_on_is_not_erased(wiping):
    here, placed = wiping.here, []

    def killed_and_kept():
        here._kill("agent")
        with here.desk.acting() as session:
            given = PreservationIn(reason="court", device=here._device(session).tag)
            placed.append(place(session, given, actor=CLERK).preservation.number)

    here.control.strike["both"] = killed_and_kept

    def kept(instant):
        ended = wiping.round(Crash("both", instant))
        with here.desk.acting() as session:
            lift(session, placed[-1], reason="over", actor=CLERK)
        return ended

    before = {one: kept(one) for one in ("lease.kept", "clear_pin.asked", "erase.asked")}
    allowed = kept("erase.due")  # nothing had begun, and it asks anew
    after = kept(ERASED)  # too late, and said as it is

    seen = {(one.erasings, one.state, one.there, one.level) for one in (*before.values(), allowed)}
    assert seen == {(0, State.QUARANTINED, True, None)}
    assert (after.erasings, after.state, after.there) == (1, State.IN_STOCK, False)
    assert not after.claimed
    assert all(one.happened for one in (*before.values(), allowed, after))
