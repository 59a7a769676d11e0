from agents.phone.devices import Transport
from agents.phone.tracking import Arrived, Changed, Left, difference

READY = Transport("a", "device")
OFFLINE = Transport("a", "offline")
OTHER = Transport("b", "device")


def test_nothing_new_is_no_event() -> None:
    assert list(difference({"a": READY}, {"a": READY})) == []


def test_who_leaves_is_told_before_who_arrives() -> None:
    assert list(difference({"a": READY}, {"b": OTHER})) == [Left(READY), Arrived(OTHER)]


def test_another_state_is_a_change_and_not_an_arrival() -> None:
    assert list(difference({"a": OFFLINE}, {"a": READY})) == [Changed(READY, OFFLINE)]
