from agents.phone.devices import Transport
from agents.phone.tracking import (
    PATIENCE,
    Arrived,
    Changed,
    Lasting,
    Left,
    Patience,
    difference,
)

READY = Transport("a", "device")
OFFLINE = Transport("a", "offline")
OTHER = Transport("b", "device")


def test_nothing_new_is_no_event() -> None:
    assert list(difference({"a": READY}, {"a": READY})) == []


def test_who_leaves_is_told_before_who_arrives() -> None:
    assert list(difference({"a": READY}, {"b": OTHER})) == [Left(READY), Arrived(OTHER)]


def test_another_state_is_a_change_and_not_an_arrival() -> None:
    assert list(difference({"a": OFFLINE}, {"a": READY})) == [Changed(READY, OFFLINE)]


def test_another_port_is_a_change() -> None:
    moved = Transport("a", "device", port="usb:1-2")

    assert list(difference({"a": READY}, {"a": moved})) == [Changed(moved, READY)]


def test_a_passing_state_that_lasts_is_told_once() -> None:
    patience, asking = Patience(), Transport("a", "authorizing")

    assert list(patience.tried_by([asking, READY], 100.0)) == []
    assert list(patience.tried_by([asking], 99.9 + PATIENCE)) == []
    assert list(patience.tried_by([asking], 100.0 + PATIENCE)) == [Lasting(asking)]
    assert list(patience.tried_by([asking], 200.0 + PATIENCE)) == []


def test_patience_begins_anew_once_the_state_has_passed() -> None:
    patience, asking = Patience(), Transport("a", "connecting")
    list(patience.tried_by([asking], 0.0))
    list(patience.tried_by([READY], 1.0))

    assert list(patience.tried_by([asking], PATIENCE)) == []
    assert list(patience.tried_by([asking], 2 * PATIENCE)) == [Lasting(asking)]
