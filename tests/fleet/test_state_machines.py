"""Every state machine of the house: each pair leads where its table says, or is refused."""

from itertools import product
from types import ModuleType

import pytest

from fleet.accounts import lifecycle as accounts
from fleet.devices import lifecycle as devices
from fleet.errors import Conflict
from fleet.sims import lifecycle as sims

LAST = {devices: devices.State.RETIRED, sims: sims.State.CANCELLED}
LAST[accounts] = accounts.State.DEREGISTERED
MACHINES = pytest.mark.parametrize("machine", LAST, ids=lambda machine: machine.__name__)


@MACHINES
def test_each_move_leads_where_the_table_says_or_is_refused(machine: ModuleType):
    for state, move in product(machine.State, machine.Move):
        if (state, move) in machine.MOVES:
            assert machine.after(state, move) is machine.MOVES[state, move]
        else:
            with pytest.raises(Conflict):
                machine.after(state, move)


@MACHINES
def test_every_state_can_be_reached_from_stock(machine: ModuleType):
    reached, seen = {machine.State.IN_STOCK}, set()
    while reached - seen:
        seen |= reached
        reached |= {to for (state, _), to in machine.MOVES.items() if state in seen}

    assert reached == set(machine.State)


@MACHINES
def test_every_move_is_possible_somewhere(machine: ModuleType):
    assert {move for _, move in machine.MOVES} == set(machine.Move)


@MACHINES
def test_the_last_state_has_no_way_out_and_no_other_is_last(machine: ModuleType):
    dead_ends = set(machine.State) - {state for state, _ in machine.MOVES}

    assert dead_ends == {LAST[machine]}
