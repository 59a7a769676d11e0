"""What a remedy reports when the phone, or the station, fails at any step of it."""

import hashlib
import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest

from agents.handset.apk import app_file, certificate
from agents.phone.adb import Adb, AdbPhone
from agents.station.apks import Apks
from agents.station.jobs import remedy
from agents.station.jobs.work import Work
from agents.station.journal import Journal
from agents.station.store import Store
from fleet.contracts.clock import now
from fleet.contracts.remedies import ApkOffer, RemedyAction, RemedyTask, WirelessSeen
from fleet.contracts.stations import Lease
from fleet.contracts.work_apps import WECHAT
from fleet.errors import Unavailable

pytestmark = pytest.mark.handset

MAP = "com.autonavi.minimap"
FILE = app_file(WECHAT, version_code=3000, signature="b1c41e2f", size=100_000)
OFFER = ApkOffer(
    digest=hashlib.sha256(FILE).hexdigest(),
    size=len(FILE),
    version_code=3000,
    certificate=hashlib.sha256(certificate("b1c41e2f")).hexdigest(),
)
VERBS = ("pm disable", "pm enable", "pm uninstall", "pm install")


class Shelf:
    """The server's files of apps, and how often one was asked for."""

    def __init__(self, content=FILE):
        self.content, self.asked = content, 0

    @contextmanager
    def apk(self, _digest):
        self.asked += 1
        yield iter([self.content[at : at + 9000] for at in range(0, len(self.content), 9000)])


@pytest.fixture
def handset(start_handset):
    return start_handset(seed=False)


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def station(tmp_path, adb_server, handset, shelf):
    """Give a way to run a job as a station would that was started just now."""

    def run(task, *, attempt=1, told=lambda *_: None):
        store = Store(tmp_path / "outbox.db")
        journal = Journal(store)
        until = now() + timedelta(minutes=2)
        lease = Lease(job="j", device="W", serial="S", attempt=attempt, until=until, task=task)
        journal.accept(lease)
        journal.start("j")
        work = Work(
            entry=journal.entry("j"),
            phone=AdbPhone(Adb(port=adb_server.port), handset.address),
            build="x",
            key=None,
            server=None,
            backups=tmp_path,
            remember=partial(journal.step, "j"),
            tell=told,
            stop=threading.Event(),
            find=lambda: None,
            reconnect=lambda: None,
            apks=Apks(tmp_path / "apks", shelf, reserve_bytes=0),
        )
        try:
            return remedy.run(work, task)
        finally:
            store.close()

    return run


@pytest.fixture
def pulled(handset):
    """Give a way to pull the cable once, just before or after a command, and to plug it in."""

    class Cable:
        out = threading.Event()

        def at(self, moment, command):
            getattr(handset, moment)(command, self.pull)

        def pull(self):
            handset.unplug()
            self.out.set()

        def plug_in(self):
            assert self.out.wait(30)
            handset.plug_in()

    return Cable()


def task(action, package=MAP, **more):
    return RemedyTask(remedy="r", action=action, package=package, **more)


def acts(handset):
    return [line for line in handset.journal if line.startswith(VERBS)]


def test_what_is_reported_names_the_build_and_the_transcript(station):
    done = station(task(RemedyAction.DISABLE_APP))

    assert (done.remedy.state, done.remedy.build, done.again) == ("verified", "x", False)
    assert done.remedy.digest
    assert done.model_validate_json(done.model_dump_json()) == done


class Killed(BaseException):
    """The station loses power."""


@pytest.mark.parametrize("action", [RemedyAction.DISABLE_APP, RemedyAction.REMOVE_APP])
def test_after_a_loss_of_power_nothing_is_done_twice(station, handset, monkeypatch, action):
    monkeypatch.setattr(remedy, "carry_out", dies_after(remedy.carry_out))
    with pytest.raises(Killed):
        station(task(action))
    assert len(acts(handset)) == 1
    monkeypatch.undo()

    done = station(task(action))

    assert (done.remedy.state, done.remedy.changed) == ("verified", True)
    assert (done.remedy.before.installed, done.remedy.before.enabled) == (True, True)
    assert len(acts(handset)) == 1


def dies_after(carry_out):
    def dying(one, **choices):
        carry_out(one, **choices)
        raise Killed

    return dying


def test_after_a_loss_of_power_before_the_act_it_is_done(station, handset, monkeypatch):
    def dying(_self, _before):
        raise Killed

    monkeypatch.setattr("agents.phone.apps.Disable.act", dying)
    with pytest.raises(Killed):
        station(task(RemedyAction.DISABLE_APP))
    assert acts(handset) == []
    monkeypatch.undo()

    done = station(task(RemedyAction.DISABLE_APP))

    assert (done.remedy.state, done.remedy.changed, len(acts(handset))) == ("verified", True, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_cable_pulled_in_the_act_leaves_it_in_doubt(station, handset, pulled, moment):
    pulled.at(moment, "pm uninstall")

    done = station(task(RemedyAction.REMOVE_APP))

    assert (done.remedy.state, done.remedy.reason) == ("in_doubt", "connection_lost")
    assert (done.remedy.changed, done.remedy.before.installed) == (None, True)
    assert remedy.lost_sight(done)

    pulled.plug_in()
    again = task(RemedyAction.REMOVE_APP).model_copy(update={"before": done.remedy.before})
    settled = station(again, attempt=2)

    assert (settled.remedy.state, settled.remedy.changed) == ("verified", True)
    assert settled.remedy.before == done.remedy.before
    assert MAP not in handset.state.packages


def test_a_phone_that_goes_away_before_the_act_was_not_touched(station, handset):
    handset.before("dumpsys package", handset.unplug)

    done = station(task(RemedyAction.REMOVE_APP))

    assert (done.again, done.remedy) == (True, None)
    assert acts(handset) == []


def test_a_station_that_stumbles_in_the_act_leaves_it_in_doubt(station, handset, monkeypatch):
    def stumbling(_self, _before):
        raise RuntimeError("482913")

    monkeypatch.setattr("agents.phone.apps.Disable.act", stumbling)

    done = station(task(RemedyAction.DISABLE_APP))

    assert (done.remedy.state, done.remedy.reason) == ("in_doubt", "station_failed")
    assert "482913" not in done.model_dump_json()


def test_what_was_done_is_taken_back(station, handset):
    done = station(task(RemedyAction.DISABLE_APP)).remedy

    back = station(task(done.undo).model_copy(update={"before": done.before}), attempt=2).remedy

    assert (back.state, back.after) == ("verified", done.before)


def test_a_file_is_fetched_once_checked_and_installed(station, handset, shelf):
    told = []

    done = station(
        task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER), told=lambda step, far: told.append(far)
    )

    assert (done.remedy.state, done.remedy.after.version_code) == ("verified", 3000)
    assert (told[-1].done, told[-1].total) == (len(FILE), len(FILE))
    station(task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER), attempt=2)
    assert shelf.asked == 1


@pytest.mark.parametrize(
    "wrong", [{"version_code": 3001}, {"certificate": "0" * 64}, {"package": "com.example.other"}]
)
def test_a_file_that_is_not_what_was_announced_touches_nothing(station, handset, wrong):
    package = wrong.pop("package", WECHAT)
    offer = OFFER.model_copy(update=wrong)

    done = station(task(RemedyAction.UPDATE_APP, package, apk=offer))

    assert (done.remedy.state, done.remedy.reason) == ("refused", "apk_differs")
    assert acts(handset) == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_cable_pulled_while_a_file_is_installed_is_settled(station, handset, pulled, moment):
    pulled.at(moment, "pm install")

    done = station(task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER))
    assert (done.remedy.state, done.remedy.before.version_code) == ("in_doubt", 2880)

    pulled.plug_in()
    again = task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER, before=done.remedy.before)
    settled = station(again, attempt=2)

    assert (settled.remedy.state, settled.remedy.changed) == ("verified", True)
    assert handset.state.packages[WECHAT].version_code == 3000


def test_a_cable_cut_while_the_file_is_on_its_way_is_settled(station, handset):
    handset.cut_after(60_000, direction="to_phone")

    done = station(task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER))
    assert done.remedy.state == "in_doubt"
    assert handset.state.packages[WECHAT].version_code == 2880

    handset.adb.reconnect(handset.address)
    settled = station(task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER), attempt=2)

    assert settled.remedy.state == "verified"


def test_doors_are_closed_by_a_job(station, start_handset, handset):
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"
    handset.state.habits = type(handset.state.habits)()

    done = station(RemedyTask(remedy="r", action=RemedyAction.CLOSE_WIRELESS))

    assert (done.remedy.state, done.remedy.undo) == ("verified", "open_wireless")
    assert done.remedy.before == WirelessSeen(switch=True, port=0, port_at_start=0)
    undo = RemedyTask(remedy="r", action=done.remedy.undo, before=done.remedy.before)
    assert station(undo, attempt=2).remedy.after.switch is True


def test_a_file_that_arrives_spoilt_is_no_outcome(station, shelf):
    shelf.content = FILE[:-1] + b"?"

    with pytest.raises(Unavailable, match="did not arrive"):
        station(task(RemedyAction.UPDATE_APP, WECHAT, apk=OFFER))
