"""Erasing on paper: what counts as proof, and which words are not believed."""

import re

import pytest

from agents.phone.errors import CommandFailed, PhoneUnreachable
from agents.phone.fake import FakePhone, Reply
from agents.phone.phone import Answer
from agents.phone.traces import parse, plant
from agents.phone.wipe import Method, confirm_reset, plan, wipe
from fleet.contracts.proof import Level
from fleet.contracts.stations import Planted, WipeStep
from tests.agents.phone.lock_double import LockDouble

GONE = PhoneUnreachable("FAKE", "cut off")


class ErasableDouble:
    """A phone whose reset does what `erases` says, after it has been away once."""

    def __init__(self, *, erases: bool = True, sdk: int = 34, returns: bool = True) -> None:
        self.erases, self.sdk, self.returns = erases, sdk, returns
        self.lock = LockDouble(None)
        self.marks: set[str] = set()
        self.files, self.apps, self.boots = 40, ["com.tencent.mm"], 5
        self.away = False
        self.serialno = "SER1"
        self.in_setup = False
        self.said = ""
        self.enabled = 0

    def phone(self) -> FakePhone:
        return FakePhone(
            {
                "dumpsys lock_settings": self.lock.look,
                "locksettings": self.lock.use,
                "testharness enable": self.enable,
                "echo whole=1": self.look,
                "settings put global": self.plant,
            }
        )

    def plant(self, script: str) -> Reply:
        self.marks |= {"data", "storage", "settings"}
        return Answer(b"")

    def enable(self, script: str) -> Reply:
        if self.said:
            return self.said
        self.enabled += 1
        self.away, self.boots = True, self.boots + 1
        if self.erases:
            self.marks, self.files, self.apps = set(), 0, []
        raise GONE

    def look(self, script: str) -> Reply:
        if self.away:
            self.away = not self.returns
            raise GONE
        provisioned = "0" if self.in_setup else "1"
        lines = [
            f"serialno={self.serialno}", f"sdk={self.sdk}", "started=1", f"boots={self.boots} x",
            f"provisioned={provisioned}", "setup=1", *(f"mark={one}" for one in self.marks),
            "places=1", f"files={self.files}", *(f"app={one}" for one in self.apps),
            "harness=1", "whole=1",
        ]  # fmt: skip
        return "\n".join(lines)

    def wiped(self, pin: str | None = None) -> tuple[Level, str | None]:
        proof = wipe(self.phone(), pin=pin, reconnect=lambda: None, back_within=3)
        return proof.level, proof.reason


def test_a_phone_is_erased_when_every_mark_is_gone() -> None:
    double = ErasableDouble()

    proof = wipe(double.phone(), pin=None, reconnect=lambda: None)

    assert (proof.level, proof.reason) == (Level.VERIFIED, None)
    assert {one.name for one in proof.checks} == {
        "same_phone", "restart", "data", "storage", "settings", "files", "apps",
    }  # fmt: skip
    assert "trusts_station" in proof.warnings


def test_a_reset_that_erases_nothing_is_found_out() -> None:
    assert ErasableDouble(erases=False).wiped() == (Level.NONE, "still_there_data")


def test_a_command_that_never_came_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.phone.wipe.GOES_DOWN_SECONDS", 0.0)
    double = ErasableDouble()

    def cut(_script: str) -> Reply:
        raise GONE

    phone = double.phone()
    phone.replies = {**phone.replies, "testharness enable": cut}

    proof = wipe(phone, pin=None, reconnect=lambda: None)

    assert (proof.level, proof.reason) == (Level.NONE, "still_there_data")


def test_a_phone_that_does_not_come_back_proves_nothing() -> None:
    assert ErasableDouble(returns=False).wiped() == (Level.NONE, "did_not_come_back")


def test_a_refusal_is_no_erasure() -> None:
    double = ErasableDouble()
    double.said = "Test Harness Mode cannot be enabled if there is a lock screen"

    assert double.wiped() == (Level.NONE, "refused_by_phone")


def test_another_phone_that_comes_back_proves_nothing() -> None:
    double = ErasableDouble()
    phone = double.phone()

    def swap() -> None:
        double.serialno = "SER2"

    proof = wipe(phone, pin=None, reconnect=swap)

    assert (proof.level, proof.reason) == (Level.NONE, "still_there_same_phone")


def test_the_lock_is_taken_away_first() -> None:
    double = ErasableDouble()
    double.lock.pin = "482913"

    assert double.wiped("482913") == (Level.VERIFIED, None)
    assert double.lock.pin is None


@pytest.mark.parametrize(("pin", "reason"), [("000000", "old_refused"), (None, "old_unknown")])
def test_a_lock_that_cannot_be_taken_away_leaves_the_phone_as_it_was(
    pin: str | None, reason: str
) -> None:
    double = ErasableDouble()
    double.lock.pin = "482913"

    assert double.wiped(pin) == (Level.NONE, reason)
    assert (double.files, double.lock.pin) == (40, "482913")


def test_an_old_phone_is_for_a_person() -> None:
    chosen = plan(ErasableDouble(sdk=28).phone())

    assert (chosen.method, chosen.reasons) == (Method.GUIDED, ("too_old",))


def test_a_mark_that_is_not_there_after_it_was_left_stops_everything() -> None:
    double = ErasableDouble()
    phone = double.phone()
    phone.replies = {**phone.replies, "settings put global": Answer(b"")}

    with pytest.raises(CommandFailed, match="leave a mark"):
        wipe(phone, pin=None, reconnect=lambda: None)

    assert double.files == 40


def test_a_reset_by_hand_is_verified_by_the_marks_left_before() -> None:
    double = ErasableDouble()
    planted = plant(double.phone())
    double.marks, double.files, double.apps, double.boots = set(), 0, [], 1

    assert confirm_reset(double.phone(), planted).level is Level.VERIFIED


def test_a_setup_wizard_alone_is_only_observed() -> None:
    double = ErasableDouble()
    planted = plant(double.phone())
    double.marks, double.in_setup, double.boots = set(), True, 1

    assert confirm_reset(double.phone(), planted).level is Level.OBSERVED


def test_a_mark_still_there_outweighs_the_setup_wizard() -> None:
    double = ErasableDouble()
    planted: Planted = plant(double.phone())
    double.in_setup = True

    assert confirm_reset(double.phone(), planted).level is Level.NONE


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> tuple[ErasableDouble, Planted]:
    """Give a phone that was marked to be erased, by a station that died then."""
    monkeypatch.setattr("agents.phone.wipe.GOES_DOWN_SECONDS", 0.0)
    double = ErasableDouble()
    return double, plant(double.phone())


def test_a_phone_that_was_erased_unheard_is_not_erased_again(
    marked: tuple[ErasableDouble, Planted],
) -> None:
    double, planted = marked
    double.marks, double.files, double.apps, double.boots = set(), 0, [], 6
    told: list[WipeStep] = []

    proof = wipe(
        double.phone(),
        pin=None,
        reconnect=lambda: None,
        before=planted,
        progress=lambda step, _planted: told.append(step),
    )

    assert (proof.level, double.enabled, told) == (Level.VERIFIED, 0, [])
    assert dict.fromkeys(one.name for one in proof.checks if one.ok) == dict.fromkeys(
        ("same_phone", "restart", "data", "settings", "storage", "files", "apps")
    )


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"boots": 6},  # started anew, and as it was
        {"marks": set()},  # somebody tidied up, and it has not started anew
        {"marks": set(), "boots": 6, "files": 0, "apps": ["org.example.new"]},  # used since
        {"marks": set(), "boots": 6, "apps": []},  # files are left
        {"marks": set(), "boots": 6, "files": 0, "apps": [], "serialno": "SER2"},
    ],
)
def test_one_that_does_not_show_that_it_was_erased_is_erased(
    marked: tuple[ErasableDouble, Planted], changed: dict[str, object]
) -> None:
    double, planted = marked
    for name, value in changed.items():
        setattr(double, name, value)

    proof = wipe(double.phone(), pin=None, reconnect=lambda: None, before=planted)

    assert (proof.level, double.enabled) == (Level.VERIFIED, 1)


def test_a_step_that_is_not_allowed_is_not_taken() -> None:
    double = ErasableDouble()

    def allowed(step: WipeStep, planted: Planted | None) -> None:
        assert (step is WipeStep.ERASE) == (planted is not None)
        if step is WipeStep.ERASE:
            raise PermissionError

    with pytest.raises(PermissionError):
        wipe(double.phone(), pin=None, reconnect=lambda: None, progress=allowed)

    assert (double.enabled, double.files) == (0, 40)


def test_an_answer_that_is_not_whole_is_no_answer() -> None:
    with pytest.raises(CommandFailed, match="not whole"):
        parse("S", "serialno=1\nfiles=0\n")


def test_files_that_could_not_be_counted_are_not_none() -> None:
    assert parse("S", "files=\nwhole=1").files is None


def test_the_marks_have_a_name_of_their_own_each_time() -> None:
    double = ErasableDouble()
    tokens = {plant(double.phone()).token for _ in range(3)}

    assert len(tokens) == 3
    assert all(re.fullmatch(r"wf_[0-9a-f]{24}", token) for token in tokens)
