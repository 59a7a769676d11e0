"""Slow questions are asked when they are due, and what they told before keeps its own time."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from agents.phone.errors import CommandTimedOut, PhoneUnreachable
from agents.phone.fake import FakePhone
from agents.phone.memory import Anew, NoMemory
from agents.phone.parts.refusals import TIMED_OUT
from agents.phone.parts.slow import SLOW, slow_parts
from agents.phone.probe import look, probe
from agents.station.answers import Answers
from agents.station.store import Store

BOOT_ID = "0f2a1c52-5d3a-4d0c-9f6b-8a4a6d6f2f11"
QUICK = {
    "boot": f"epoch=1795383927\nid=uid=2000(shell)\nboot_id={BOOT_ID}\n",
    "getprop": "[ro.serialno]: [156fe1ab]\n[ro.build.fingerprint]: [a/b/c:15/D/1:user/keys]\n",
    "packages": "package:com.tencent.mm\n",
}
USED = (
    'In-memory daily stats\n package=com.tencent.mm totalTimeUsed="{}"'
    ' lastTimeUsed="2026-11-21 18:22:09"\n'
)
NAMES = [part.name for part in SLOW]


class Phone:
    """Tells how often each question was asked; `says` is what it answers."""

    def __init__(self) -> None:
        self.says: dict[str, object] = {**QUICK, "usage": USED.format("41:07")}
        self.asked: list[str] = []
        self.seam = FakePhone({"K=": self._answer})

    def _answer(self, script: str) -> object:
        mark, said = re.search(r"K=(\w+)", script)[1], ""
        for name in re.findall(r"^p (\w+) ", script, re.MULTILINE):
            self.asked.append(name)
            answer = self.says.get(name, "")
            if isinstance(answer, Exception):
                return answer
            said += f"{mark}<{name}\n{answer}\n{mark}>{name} 0\n"
        return said.encode()

    def slow(self) -> list[str]:
        """Give the slow questions asked since the last time this was."""
        asked, self.asked = self.asked, []
        return [name for name in asked if name in NAMES]


@pytest.fixture
def phone():
    return Phone()


@pytest.fixture
def memory(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield Answers(store)
    store.close()


@pytest.fixture
def clock(time_machine):
    at = datetime(2026, 11, 26, 9, tzinfo=UTC)
    time_machine.move_to(at, tick=False)

    def later(**by):
        nonlocal at
        at += timedelta(**by)
        time_machine.move_to(at, tick=False)
        return at

    return later


def used(visit):
    return visit.facts.app("com.tencent.mm").front_today


def test_slow_questions_are_asked_once_and_carried_with_their_own_time(phone, memory, clock):
    first = probe(phone.seam, memory=memory)
    began, asked = first.taken_at, phone.slow()
    clock(hours=1)
    second = probe(phone.seam, memory=memory)

    assert (asked, phone.slow()) == (NAMES, [])
    assert used(first) == used(second) == 41 * 60 + 7
    assert first.facts.earlier == ()
    assert {one.part: one.at for one in second.facts.earlier} == dict.fromkeys(NAMES, began)


def test_what_was_said_at_once_is_given_before_slow_questions_are_asked(phone, memory):
    first = look(phone.seam, memory=memory)

    assert phone.slow() == []
    assert {gap.part for gap in first.facts.gaps if gap.awaited} == set(NAMES)
    assert first.facts.app("com.tencent.mm").front_today is None

    whole = first.rest(phone.seam)
    assert phone.slow() == NAMES
    assert (whole.rest, used(whole)) == (None, 41 * 60 + 7)
    assert not any(gap.awaited for gap in whole.facts.gaps)


def test_a_phone_that_was_started_anew_tells_at_once_what_it_told_before(phone, memory, clock):
    began = probe(phone.seam, memory=memory).taken_at
    clock(hours=1)
    phone.says["boot"] = phone.says["boot"].replace("0f2a", "1f2a")

    first = look(phone.seam, memory=memory)

    assert used(first) == 41 * 60 + 7
    assert {one.at for one in first.facts.earlier} == {began}
    assert not any(gap.awaited for gap in first.facts.gaps)
    assert first.rest(phone.seam).facts.earlier == ()


def test_what_another_build_told_is_awaited(phone, memory):
    probe(phone.seam, memory=memory)
    phone.says["getprop"] = phone.says["getprop"].replace("D/1", "E/2")

    first = look(phone.seam, memory=memory)

    assert {gap.part for gap in first.facts.gaps if gap.awaited} == set(NAMES)


def test_where_no_question_is_due_all_is_said_at_once(phone, memory):
    probe(phone.seam, memory=memory)

    assert look(phone.seam, memory=memory).rest is None


def test_each_is_asked_again_when_its_hours_are_over(phone, memory, clock):
    probe(phone.seam, memory=memory)
    phone.slow()
    clock(hours=12)
    phone.says["usage"] = USED.format("50:00")
    visit = probe(phone.seam, memory=memory)

    assert set(phone.slow()) == {part.name for part in SLOW if part.every <= 12}
    assert used(visit) == 50 * 60


@pytest.mark.parametrize("change", ["boot", "getprop"])
def test_a_new_start_or_build_makes_all_of_them_due(phone, memory, change):
    probe(phone.seam, memory=memory)
    phone.slow()
    phone.says[change] = phone.says[change].replace("0f2a", "1f2a").replace("D/1", "E/2")
    probe(phone.seam, memory=memory)

    assert phone.slow() == NAMES


def test_a_clock_that_went_back_makes_all_of_them_due(phone, memory, clock):
    probe(phone.seam, memory=memory)
    phone.slow()
    clock(days=-3)
    probe(phone.seam, memory=memory)

    assert phone.slow() == NAMES


def test_another_catalogue_of_apps_asks_what_it_changes(phone, memory):
    probe(phone.seam, memory=memory)
    phone.slow()
    memory.parts = slow_parts(["com.tencent.mm", "com.example.work"])
    probe(phone.seam, memory=memory)

    assert set(phone.slow()) == {"work_apps", "usage", "signers"}


def test_another_phone_has_answers_of_its_own(phone, memory):
    probe(phone.seam, memory=memory)
    phone.slow()
    phone.says["getprop"] = phone.says["getprop"].replace("156fe1ab", "99999abc")
    probe(phone.seam, memory=memory)

    assert phone.slow() == NAMES


def test_a_person_who_did_something_has_all_of_it_asked(phone, memory):
    probe(phone.seam, memory=memory)
    phone.slow()
    probe(phone.seam, memory=Anew(memory))
    asked = phone.slow()
    probe(phone.seam, memory=memory)

    assert (asked, phone.slow()) == (NAMES, [])


def test_a_phone_too_slow_over_them_was_visited_all_the_same(phone, memory, clock):
    phone.says["usage"] = CommandTimedOut("FAKE", "usage", 90)
    visit = probe(phone.seam, memory=memory)
    phone.slow()
    clock(minutes=5)
    again = probe(phone.seam, memory=memory)

    assert visit.facts.identity.serial == "156fe1ab"
    assert visit.facts.missing("usage").reason == again.facts.missing("usage").reason == TIMED_OUT
    assert phone.slow() == []


def test_a_phone_that_left_meanwhile_was_not_visited(phone, memory):
    phone.says["usage"] = PhoneUnreachable("FAKE", "gone")

    with pytest.raises(PhoneUnreachable):
        probe(phone.seam, memory=memory)

    assert memory.kept("156fe1ab") == {}


def test_a_phone_that_does_not_name_itself_is_not_remembered(phone, memory):
    phone.says["getprop"] = "[ro.product.brand]: [Xiaomi]\n"
    probe(phone.seam, memory=memory)

    assert phone.slow() == []


def test_a_phone_that_came_no_more_is_forgotten(phone, memory, clock):
    probe(phone.seam, memory=memory)
    clock(days=31)
    phone.says["getprop"] = phone.says["getprop"].replace("156fe1ab", "99999abc")
    probe(phone.seam, memory=memory)

    assert memory.kept("156fe1ab") == {}
    assert set(memory.kept("99999abc")) == set(NAMES)


def test_a_recording_is_whole(phone):
    probe(phone.seam, memory=NoMemory())

    assert phone.slow() == NAMES
