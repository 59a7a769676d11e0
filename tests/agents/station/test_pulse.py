"""When each phone is asked whether it answers, and who learns what of it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from agents.station.pulse import BEAT, SILENCE, Beats, Found, Pulse

FOUND_WITHIN = 15.0  # seconds, as people are promised


@pytest.fixture
def beats() -> Beats:
    return Beats()


def test_a_phone_that_comes_is_asked_at_once_and_told_once(beats):
    beats.want("A", 100.0)
    (beat,) = beats.due(100.0)

    assert beats.heard(beat, 100.1, silent=False) is Found.AWAKE
    assert beats.due(100.1) == []
    assert beats.seconds_left(100.1) == pytest.approx(BEAT)
    (again,) = beats.due(100.1 + BEAT)
    assert beats.heard(again, 105.2, silent=False) is None


def test_a_phone_that_hangs_right_after_an_answer_is_found_in_time(beats):
    beats.want("A", 0.0)
    (beat,) = beats.due(0.0)
    beats.heard(beat, 0.0, silent=False)

    (beat,) = beats.due(beats.seconds_left(0.0))
    found = beats.heard(beat, BEAT + SILENCE, silent=True)

    assert found is Found.HUNG
    assert BEAT + SILENCE < FOUND_WITHIN - 3  # what is left is for a machine that is busy


def test_a_phone_that_goes_on_hanging_is_told_once_and_asked_less_and_less(beats):
    beats.want("A", 0.0)
    moment, told, waits = 0.0, [], []
    for _question in range(12):
        (beat,) = beats.due(moment)
        moment += SILENCE
        told.append(beats.heard(beat, moment, silent=True))
        waits.append(beats.seconds_left(moment))
        moment += waits[-1]

    assert told == [Found.HUNG] + [None] * 11
    assert waits[0] <= 2
    assert 30 <= waits[-1] <= 60


def test_a_phone_that_answers_again_is_told_and_may_hang_again(beats):
    beats.want("A", 0.0)
    news = []
    for silent in (False, True, True, False, False, True):
        moment = 1000.0 * (len(news) + 1)
        (beat,) = beats.due(moment)
        news.append(beats.heard(beat, moment, silent=silent))

    assert news == [Found.AWAKE, Found.HUNG, None, Found.AWAKE, None, Found.HUNG]


def test_nobody_is_asked_twice_at_once(beats):
    beats.want("A", 0.0)
    assert len(beats.due(0.0)) == 1
    beats.want("A", 1.0)
    assert beats.due(1.0) == []
    assert beats.seconds_left(1.0) is None


def test_the_silence_of_a_phone_that_left_is_not_laid_to_the_one_that_came(beats):
    beats.want("A", 0.0)
    (old,) = beats.due(0.0)
    beats.drop("A")
    beats.want("A", 1.0)
    (new,) = beats.due(1.0)

    assert beats.heard(old, 6.0, silent=True) is None
    assert beats.heard(new, 6.0, silent=False) is Found.AWAKE


class Phones:
    """`silent` ones keep whoever asks them until they are let go."""

    def __init__(self, *silent: str) -> None:
        self.silent = set(silent)
        self.busy: set[str] = set()
        self.let_go = Event()
        self.asked: list[str] = []
        self.awake: dict[str, Event] = {}
        self.hung: dict[str, Event] = {}

    def is_silent(self, name: str, _seconds: float) -> bool:
        self.asked.append(name)
        return name in self.silent and self.let_go.wait(30)

    def told(self, where: dict[str, Event], name: str) -> Event:
        return where.setdefault(name, Event())


@pytest.fixture
def beating(request):
    """Give what runs a pulse over phones until the test ends."""
    stop, pool = Event(), ThreadPoolExecutor(64)

    def run(phones: Phones) -> Pulse:
        pulse = Pulse(
            is_silent=phones.is_silent,
            is_busy=phones.busy.__contains__,
            awake=lambda name: phones.told(phones.awake, name).set(),
            hung=lambda name: phones.told(phones.hung, name).set(),
            pool=pool,
            stop=stop,
        )
        thread = Thread(target=pulse.run)
        thread.start()

        def end() -> None:
            stop.set()
            phones.let_go.set()
            pulse.wake.set()
            thread.join(10)
            pool.shutdown()
            assert not thread.is_alive()

        request.addfinalizer(end)
        return pulse

    return run


def test_thirty_that_hang_keep_nobody_waiting(beating):
    hanging = [f"H{number}" for number in range(30)]
    phones = Phones(*hanging)
    pulse = beating(phones)
    for name in hanging:
        pulse.want(name)
    pulse.want("well")

    assert phones.told(phones.awake, "well").wait(10)
    phones.let_go.set()
    assert all(phones.told(phones.hung, name).wait(10) for name in hanging)
    assert set(phones.awake) == {"well"}


def test_a_phone_at_work_is_not_asked_and_not_called_hung(beating):
    phones = Phones("A")
    phones.let_go.set()
    phones.busy.add("A")
    pulse = beating(phones)

    pulse.want("A")

    assert phones.told(phones.awake, "A").wait(10)
    assert phones.asked == ["A"]  # for somebody waited for it
    pulse.beats._beats["A"].due = 0.0
    pulse.wake.set()
    pulse.want("B")
    assert phones.told(phones.awake, "B").wait(10)
    assert "A" not in phones.hung
    assert phones.asked.count("A") == 1
