"""A guided change on a real adbd, the person answering each word of the station at once."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from agents.handset.framework.screen import Node, Page
from agents.phone.adb import Adb, AdbPhone
from agents.station.far import Far
from agents.station.jobs import guide
from agents.station.jobs.work import Work
from agents.station.journal import Entry
from agents.station.keys import StationKey
from fleet.contracts.clock import now
from fleet.contracts.playbooks import Playbook
from fleet.contracts.rotation import AccountOutcome, RotationState, RotationStep
from fleet.contracts.sealing import seal_to_station
from fleet.contracts.stations import GuideAccountTask, Lease
from fleet.playbooks.queries import BOOKS

pytestmark = pytest.mark.handset

KEY = StationKey.generate()
OLD, NEW = "Alt-2026@", "Neu%s-7319"
PAGE = BOOKS.built_in["wechat-zh-page"].content
DIALOG = BOOKS.built_in["wechat-zh-dialog"].content
CHAT = Page("com.tencent.mm", "com.tencent.mm.ui.chatting.ChattingUI", (Node("王总"),))


@dataclass
class Visit:
    """A phone at a station, and what the person does when the station says something."""

    phone: AdbPhone
    handset: object
    answers: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    kept: list[tuple[list[str], bool]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def tell(self, step: str, _far: Far | None = None) -> None:
        if self.heard[-1:] != [step]:
            self.heard.append(step)
            self.answers.get(step, lambda: None)()

    def remember(self, steps: list[RotationStep], *, touches: bool) -> None:
        self.kept.append(([f"{one.name} {one.verdict}" for one in steps], touches))

    def run(
        self, book: Playbook = PAGE, *, steps: tuple[RotationStep, ...] = (), **given: object
    ) -> AccountOutcome:
        sealed = {
            "sealed_new": seal_to_station(KEY.public, NEW, job="j"),
            "sealed_old": seal_to_station(KEY.public, OLD, job="j"),
        }
        told = {"rotation": "r", "handle": "wx", "playbook": book, "seconds": 60, **sealed, **given}
        task = GuideAccountTask(**told)
        lease = Lease(
            job="j", device="W", serial="S", attempt=1, until=now() + timedelta(hours=1), task=task
        )
        work = Work(
            entry=Entry(lease, begun=bool(steps), touched=bool(steps), steps=steps),
            phone=self.phone,
            build="x",
            key=KEY,
            server=None,
            backups=None,
            remember=self.remember,
            tell=self.tell,
            stop=self.stop,
            find=lambda: self.phone,
            reconnect=lambda: None,
        )
        return guide.run(work, task).account


@pytest.fixture
def visit(adb_server, start_handset, monkeypatch):
    """Give an honest phone on the page of the password."""
    monkeypatch.setattr(guide, "BETWEEN_LOOKS", 0.05)
    handset = start_handset("honor-magic6-magicos")
    handset.person.wechat_password = OLD
    handset.person.open_wechat("page")
    return Visit(AdbPhone(Adb(port=adb_server.port), handset.address), handset)


def diligent(visit, **other):
    """Return what a person does who does as he is told."""
    tap = visit.handset.person.tap
    return {
        "old:touch_field": lambda: tap("填写原密码"),
        "new:touch_field": lambda: tap("填写新密码"),
        "again:touch_field": lambda: tap("再次填写确认"),
        "confirm:expected": lambda: tap("完成"),
        **{f"{key.partition('_')[0]}:{key.partition('_')[2]}": do for key, do in other.items()},
    }


def once(do):
    """Return what does `do` the first time it is called, and nothing later."""
    left = [do]
    return lambda: left.pop()() if left else None


def told(outcome):
    return [f"{step.name} {step.verdict}" for step in outcome.steps]


def test_each_field_is_typed_whole_and_the_journal_knows_it_before_the_phone(visit):
    visit.answers = diligent(visit)

    outcome = visit.run()

    assert outcome.state is RotationState.OBSERVED
    assert visit.handset.person.wechat_password == NEW
    assert told(outcome) == ["type_old typed", "type_new typed", "type_again typed", "success seen"]
    begun = [(steps[-1], touches) for steps, touches in visit.kept if steps[-1].endswith("begun")]
    assert begun == [
        ("type_old begun", False),
        ("type_new begun", False),
        ("type_again begun", True),
    ]


def test_a_chat_that_comes_in_front_at_the_last_moment_gets_nothing(visit):
    person = visit.handset.person
    visit.answers = diligent(visit, old_typing=once(lambda: person.show(CHAT)))
    visit.answers["old:other_page"] = person.open_wechat

    outcome = visit.run()

    assert outcome.state is RotationState.OBSERVED
    typed = [line for line in visit.handset.journal if line.startswith("input text")]
    assert len(typed) == 5  # the old one, and the new one twice in two pieces: none of it too much
    assert visit.handset.state.messenger.attempts == 1


def test_a_page_lost_on_the_way_back_is_typed_again(visit):
    def back():
        visit.handset.person.back()
        visit.handset.person.tap("微信密码")

    visit.answers = diligent(visit, new_typed=once(back))

    outcome = visit.run()

    assert outcome.state is RotationState.OBSERVED
    assert told(outcome).count("type_old typed") == 2


def test_what_is_in_the_field_already_is_for_the_person_to_empty(visit):
    tap = visit.handset.person.tap
    tap("填写原密码")
    visit.handset.person.type("mine")
    empty = visit.handset.person.empty_fields
    visit.answers = diligent(visit, old_not_empty=empty)

    outcome = visit.run()

    assert outcome.state is RotationState.OBSERVED
    assert "old:not_empty" in visit.heard


def test_locked_other_app_unreadable_and_a_code_by_sms_are_told_apart(visit):
    person, screen = visit.handset.person, visit.handset.state.screen
    visit.handset.state.messenger.asks_sms = True
    person.lock_screen()

    def unreadable():
        person.open_wechat("page")
        screen.treeless = False

    def other_app():
        screen.treeless = True
        person.open_wechat()

    visit.answers = diligent(visit) | {
        "tabs:locked": lambda: (person.unlock_screen(), person.open_screen("home")),
        "tabs:other_app": other_app,
        "tabs:unreadable": unreadable,
        "sms:aside": lambda: person.tap("下一步"),
    }

    outcome = visit.run()

    assert outcome.state is RotationState.OBSERVED
    assert {"tabs:locked", "tabs:other_app", "tabs:unreadable", "sms:aside"} <= set(visit.heard)


def test_a_screen_that_never_rests_is_unreadable_and_nothing_is_typed(visit):
    visit.handset.state.screen.dumpable = False

    outcome = visit.run(seconds=1)

    assert (outcome.state, outcome.reason) == (RotationState.REFUSED, "not_seen")
    assert "tabs:unreadable" in visit.heard


def test_a_drawer_beside_the_display_is_no_page(visit):
    visit.handset.state.messenger.drawer = True
    visit.handset.person.open_wechat("tabs")

    outcome = visit.run(seconds=1)

    assert outcome.state is RotationState.REFUSED
    assert set(visit.heard) == {"tabs:expected"}


def test_time_that_runs_out_after_the_last_field_leaves_it_open(visit):
    visit.answers = {**diligent(visit), "confirm:expected": lambda: None}

    outcome = visit.run(seconds=8)

    assert (outcome.state, outcome.reason) == (RotationState.IN_DOUBT, "left_open")


def test_a_message_of_success_that_nothing_was_typed_for_is_none(visit):
    visit.handset.person.open_wechat("changed")

    outcome = visit.run(seconds=1)

    assert outcome.state is RotationState.REFUSED


def test_a_password_shown_to_a_person_is_typed_by_him_alone(visit):
    person = visit.handset.person

    def type_all():
        for text, value in (("填写原密码", OLD), ("填写新密码", NEW), ("再次填写确认", NEW)):
            person.tap(text)
            person.type(value)

    visit.answers = diligent(visit, old_by_hand=type_all)

    outcome = visit.run(by_hand=True)

    assert outcome.state is RotationState.OBSERVED
    assert not [line for line in visit.handset.journal if line.startswith("input")]


def test_a_success_of_somebody_who_typed_himself_is_told_as_that(visit):
    visit.answers = {"old:touch_field": lambda: visit.handset.person.change_wechat_password("own")}

    outcome = visit.run()

    assert (outcome.state, outcome.reason) == (RotationState.OBSERVED, "not_ours")
    assert told(outcome) == ["success seen"]


def test_a_phone_that_lets_no_computer_type_ends_it_before_anything_is_set(visit):
    from dataclasses import replace

    state = visit.handset.state
    state.habits = replace(state.habits, input_allowed=False)
    visit.answers = diligent(visit)

    outcome = visit.run()

    assert (outcome.state, outcome.reason) == (RotationState.REFUSED, "input_refused")
    assert outcome.steps == []


def test_a_password_without_keys_is_refused_before_the_person_moves(visit):
    sealed = seal_to_station(KEY.public, "旧密码", job="j")

    outcome = visit.run(sealed_old=sealed)

    assert outcome.reason == "cannot_type"
    assert visit.heard == []


@pytest.mark.parametrize(
    ("in_use", "state", "steps"),
    [
        (NEW, RotationState.OBSERVED, ["test_new accepted"]),
        (OLD, RotationState.REFUSED, ["test_new refused", "test_old accepted"]),
        ("else", RotationState.UNPROVEN, ["test_new refused", "test_old refused"]),
    ],
)
def test_a_trial_asks_with_the_new_value_once_and_the_old_one_at_most_once(
    visit, in_use, state, steps
):
    person = visit.handset.person
    person.wechat_password = in_use
    person.open_wechat("settings")
    visit.answers = {
        "check_settings:expected": lambda: person.tap("退出登录"),
        "test:touch_field": lambda: person.tap("请填写密码"),
        "test:not_empty": person.empty_fields,
        "test_confirm:expected": lambda: person.tap("登录"),
    }

    outcome = visit.run(settle=True)

    assert (outcome.state, told(outcome)) == (state, steps)
    assert visit.handset.state.messenger.attempts == len(steps)


def test_a_refusal_that_was_there_before_is_not_taken_for_an_answer(visit):
    app, person = visit.handset.state.messenger, visit.handset.person
    app.error_stays, person.wechat_password = True, "else"
    person.open_wechat("sign_in")
    visit.answers = {
        "test:touch_field": lambda: person.tap("请填写密码"),
        "test:not_empty": person.empty_fields,
        "test_confirm:expected": lambda: person.tap("登录"),
    }

    outcome = visit.run(settle=True, seconds=20)

    assert outcome.state is RotationState.IN_DOUBT
    assert told(outcome) == ["test_new refused", "test_old typed"]


def test_a_run_that_was_cut_off_after_the_last_field_still_knows_success(visit):
    visit.handset.person.open_wechat("changed")
    names = ("type_new typed", "type_again begun")
    before = [one.split() for one in names]
    steps = tuple(RotationStep(name=n, at=now(), verdict=v) for n, v in before)

    outcome = visit.run(steps=steps)

    assert outcome.state is RotationState.OBSERVED
    assert told(outcome) == [*names, "success seen"]
