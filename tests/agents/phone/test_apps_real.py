"""Acts on apps, against the real adb and a real adbd: what the phone shows afterwards counts."""

import hashlib

import pytest

from agents.handset.apk import app_file, certificate
from agents.handset.faults import ComesBack, DiesAfterwards, GuardedByMaker, SaysDone
from agents.handset.framework.state import Admin, User, UserState
from agents.phone.adb import Adb, AdbPhone
from agents.phone.apps import Disable, Remove, Restore, Update
from agents.phone.remedies import carry_out
from fleet.contracts.remedies import ApkOffer, AppSeen, RemedyAction
from fleet.contracts.work_apps import WECHAT

pytestmark = pytest.mark.handset

MAP = "com.autonavi.minimap"
KEYBOARD = "com.sohu.inputmethod.sogou"
BROWSER = "com.example.browser"


@pytest.fixture
def handset(start_handset):
    return start_handset(seed=False)


@pytest.fixture
def phone(adb_server, handset):
    return AdbPhone(Adb(port=adb_server.port), handset.address)


@pytest.fixture
def old(adb_server, handset):
    """The same phone, spoken to as one without shell_v2."""
    return AdbPhone(Adb(port=adb_server.port), handset.address, legacy=True)


class Journal(list):
    def __call__(self, seen):
        self.append(seen)


def done(remedy, **choices):
    return carry_out(remedy, begin=Journal(), **choices)


def user_of(handset, package, user=0):
    return handset.state.packages[package].users[user]


def changes(handset):
    """What the phone was asked that changes it."""
    verbs = ("pm disable", "pm enable", "pm default", "pm uninstall", "pm install", "settings put")
    return [line for line in handset.journal if line.startswith(verbs)]


def shipped(handset, name=BROWSER, **choices):
    """Let the phone have a system app of its maker's."""
    state = handset.state
    state.packages[name] = type(state.packages[MAP])(
        name, "9", 900, 10399, f"/system/app/{name}/{name}.apk", system=True, **choices
    )


def test_an_app_is_disabled_and_enabled_again(handset, phone):
    began = Journal()

    outcome = carry_out(Disable(phone, MAP), begin=began)

    assert (outcome.state, outcome.changed, outcome.undo) == ("verified", True, "restore_app")
    assert (outcome.before.setting, outcome.after.setting) == (0, 3)
    assert began == [outcome.before]
    assert user_of(handset, MAP).enabled == 3

    back = done(Restore(phone, MAP, to=outcome.before))

    assert (back.state, back.changed, back.undo) == ("verified", True, None)
    assert back.after == outcome.before
    assert user_of(handset, MAP).enabled == 0


def test_an_act_takes_three_round_trips(phone):
    phone.features  # noqa: B018 — asked once for all visits
    before = phone.round_trips

    done(Disable(phone, MAP))

    assert phone.round_trips - before == 3


@pytest.mark.parametrize("make", [Disable, Remove])
def test_what_is_so_already_is_not_done_again(handset, phone, make):
    done(make(phone, MAP))
    asked, began = len(changes(handset)), Journal()

    again = carry_out(make(phone, MAP), begin=began)

    assert (again.state, again.changed, again.undo) == ("verified", False, None)
    assert (len(changes(handset)), began) == (asked, [])


def test_an_app_of_one_user_is_gone_for_good(handset, phone):
    outcome = done(Remove(phone, MAP))

    assert (outcome.state, outcome.changed, outcome.undo) == ("verified", True, None)
    assert outcome.after.installed is False
    assert MAP not in handset.state.packages
    assert "pm uninstall --user 0 com.autonavi.minimap" in handset.journal

    back = done(Restore(phone, MAP, to=outcome.before))

    assert (back.state, back.reason) == ("refused", "no_copy")


def test_a_system_app_is_removed_for_the_user_and_comes_back(handset, phone):
    shipped(handset)

    outcome = done(Remove(phone, BROWSER))

    assert (outcome.state, outcome.undo) == ("verified", RemedyAction.RESTORE_APP)
    assert BROWSER in handset.state.packages
    assert f"pm uninstall -k --user 0 {BROWSER}" in handset.journal

    back = done(Restore(phone, BROWSER, to=outcome.before))

    assert (back.state, back.changed) == ("verified", True)
    assert user_of(handset, BROWSER).installed


def test_what_was_disabled_before_it_was_removed_is_so_again(handset, phone):
    shipped(handset)
    user_of(handset, BROWSER).enabled = 3

    removed = done(Remove(phone, BROWSER))
    back = done(Restore(phone, BROWSER, to=removed.before))

    assert back.state == "verified"
    assert (user_of(handset, BROWSER).installed, user_of(handset, BROWSER).enabled) == (True, 3)


def test_one_user_of_several_loses_the_app(handset, phone):
    handset.state.users.append(User(10, "second"))
    handset.state.packages[MAP].users[10] = UserState()

    outcome = done(Remove(phone, MAP, 10))

    assert (outcome.state, outcome.undo) == ("verified", "restore_app")
    assert outcome.before.users == (0, 10)
    assert user_of(handset, MAP).installed
    assert not user_of(handset, MAP, 10).installed
    assert done(Restore(phone, MAP, 10, to=outcome.before)).state == "verified"


@pytest.mark.parametrize(("running", "reason"), [(None, "no_such_user"), (False, "user_stopped")])
def test_a_user_that_is_not_there_is_named(handset, phone, running, reason):
    if running is not None:
        handset.state.users.append(User(10, "second", running=running))
        handset.state.packages[MAP].users[10] = UserState()

    outcome = done(Remove(phone, MAP, 10))

    assert (outcome.state, outcome.reason) == ("refused", reason)
    assert changes(handset) == []


@pytest.mark.parametrize("package", ["com.android.systemui", "com.android.settings", KEYBOARD])
@pytest.mark.parametrize("make", [Disable, Remove])
def test_what_the_phone_needs_is_left_alone(handset, phone, make, package):
    outcome = done(make(phone, package))

    assert (outcome.state, outcome.reason) in {("refused", "needed"), ("verified", None)}
    assert outcome.changed is False
    assert changes(handset) == []


def test_whatever_launcher_a_phone_has_is_left_alone(handset, phone):
    handset.state.roles["home"] = f"{MAP}/.Launcher"

    assert done(Remove(phone, MAP)).reason == "needed"


def test_a_system_app_stays_where_the_phone_names_no_launcher(handset, phone):
    shipped(handset)
    handset.state.roles.clear()

    assert done(Remove(phone, BROWSER)).reason == "roles_unknown"
    assert done(Remove(phone, MAP)).state == "verified"


@pytest.mark.parametrize(("owner", "reason"), [(False, "admin_active"), (True, "managed")])
def test_an_administrator_is_left_alone(handset, phone, owner, reason):
    handset.state.admins.append(Admin(f"{MAP}/.Admin", owner=owner))

    outcome = done(Remove(phone, MAP))

    assert (outcome.state, outcome.reason) == ("refused", reason)
    assert changes(handset) == []


def test_newer_android_lets_nobody_remove_a_system_app(handset, phone):
    shipped(handset)
    handset.state.habits = type(handset.state.habits)(system_apps_for_root=True)

    outcome = done(Remove(phone, BROWSER))

    assert (outcome.state, outcome.reason, outcome.changed) == ("refused", "system_app", False)
    assert "only root" in outcome.word


def test_what_a_maker_protects_is_named(handset, phone):
    handset.state.habits = type(handset.state.habits)(protected_apps=(MAP,))

    outcome = done(Disable(phone, MAP))

    assert (outcome.state, outcome.reason) == ("refused", "protected_by_phone")
    assert "Cannot disable a protected package" in outcome.word


def test_what_another_program_has_disabled_stays_so(handset, phone):
    user_of(handset, MAP).enabled = 2

    outcome = done(Restore(phone, MAP))

    assert (outcome.state, outcome.reason) == ("refused", "disabled_by_other")
    assert done(Disable(phone, MAP)).changed is False


@pytest.mark.parametrize("make", [Disable, Remove])
def test_a_tool_that_lies_is_not_believed(handset, phone, make):
    handset.add_fault(SaysDone())

    outcome = done(make(phone, MAP))

    assert (outcome.state, outcome.reason, outcome.undo) == ("refused", "not_changed", None)
    assert outcome.after.installed
    assert outcome.after.enabled


@pytest.mark.parametrize("make", [Disable, Remove])
def test_a_tool_that_dies_after_its_work_has_done_it(handset, phone, make):
    handset.add_fault(DiesAfterwards())

    assert done(make(phone, MAP)).state == "verified"


def test_a_makers_guard_is_named(handset, phone):
    handset.add_fault(GuardedByMaker())

    outcome = done(Disable(phone, MAP))

    assert (outcome.state, outcome.reason) == ("refused", "refused_by_phone")


def test_an_app_that_comes_back_by_itself_is_not_gone(handset, phone):
    handset.add_fault(ComesBack(MAP))

    outcome = done(Remove(phone, MAP))

    assert (outcome.state, outcome.reason, outcome.changed) == ("refused", "came_back", False)
    assert outcome.after.installed


def test_a_phone_of_old_does_the_same(handset, old):
    outcome = done(Disable(old, MAP))

    assert (outcome.state, outcome.changed) == ("verified", True)
    assert done(Restore(old, MAP, to=outcome.before)).state == "verified"
    assert done(Remove(old, MAP)).state == "verified"


@pytest.fixture
def wechat(tmp_path):
    """Make a file of a newer WeChat, signed as the one on the phone, and its offer."""

    def make(version_code=3000, signature="b1c41e2f", package=WECHAT, size=200_000):
        path = tmp_path / "wechat.apk"
        content = app_file(
            package,
            version_code=version_code,
            version_name="8.0.70",
            signature=signature,
            size=size,
        )
        path.write_bytes(content)
        offer = ApkOffer(
            digest=hashlib.sha256(content).hexdigest(),
            size=len(content),
            version_code=version_code,
            certificate=hashlib.sha256(certificate(signature)).hexdigest(),
        )
        return {"offer": offer, "file": path}

    return make


def test_an_app_is_updated_without_leaving_its_file(handset, phone, wechat):
    sent = []

    outcome = done(Update(phone, WECHAT, **wechat(), progress=sent.append))

    assert (outcome.state, outcome.changed, outcome.undo) == ("verified", True, None)
    assert (outcome.before.version_code, outcome.after.version_code) == (2880, 3000)
    assert outcome.after.certificate == outcome.before.certificate
    assert outcome.after.version_name == "8.0.70"
    assert sent[-1] > 200_000
    assert not list((handset.data_path / "local/tmp").iterdir())


def test_an_old_phone_gets_the_file_for_the_time_of_the_act(handset, old, wechat):
    outcome = done(Update(old, WECHAT, **wechat()))

    assert (outcome.state, outcome.after.version_code) == ("verified", 3000)
    assert any("/data/local/tmp/.wf-" in line for line in handset.journal)
    assert not list((handset.data_path / "local/tmp").glob(".wf-*"))


def test_the_version_that_is_there_is_not_installed_again(handset, phone, wechat):
    outcome = done(Update(phone, WECHAT, **wechat(version_code=2880)))

    assert (outcome.state, outcome.changed) == ("verified", False)
    assert changes(handset) == []


@pytest.mark.parametrize(
    ("choices", "package", "reason"),
    [
        ({"version_code": 2000}, WECHAT, "downgrade"),
        ({"signature": "5f3c9a1e"}, WECHAT, "other_signer"),
        ({}, "com.example.none", "not_installed"),
        ({"signature": "2f81c6b0"}, MAP, "certificate_unknown"),
    ],
)
def test_what_does_not_fit_is_not_installed(handset, phone, wechat, choices, package, reason):
    outcome = done(Update(phone, package, **wechat(**choices)))

    assert (outcome.state, outcome.reason, outcome.changed) == ("refused", reason, False)
    assert changes(handset) == []


@pytest.mark.parametrize("which", ["phone", "old"])
def test_xiaomis_switch_is_named(handset, request, wechat, which):
    handset.state.habits = type(handset.state.habits)(install_by_cable=False)

    outcome = done(Update(request.getfixturevalue(which), WECHAT, **wechat()))

    assert (outcome.state, outcome.reason) == ("refused", "install_switched_off")
    assert "INSTALL_FAILED_USER_RESTRICTED" in outcome.word
    assert not list((handset.data_path / "local/tmp").glob(".wf-*"))


def test_an_update_that_only_says_so_is_not_believed(handset, phone, wechat):
    handset.add_fault(SaysDone())

    outcome = done(Update(phone, WECHAT, **wechat()))

    assert (outcome.state, outcome.reason) == ("refused", "not_changed")
    assert outcome.after.version_code == 2880


def test_an_update_of_which_nobody_heard_the_end_is_seen(handset, phone, wechat):
    handset.add_fault(DiesAfterwards())

    assert done(Update(phone, WECHAT, **wechat())).state == "verified"


def test_an_update_is_for_the_user_alone(handset, phone, wechat):
    handset.state.users.append(User(999, "clone"))

    done(Update(phone, WECHAT, **wechat()))

    assert 999 not in handset.state.packages[WECHAT].users


def test_what_an_earlier_visit_changed_is_reported_as_changed(handset, phone):
    before = done(Disable(phone, MAP)).before
    asked = len(changes(handset))

    settled = done(Disable(phone, MAP), before=before)

    assert (settled.state, settled.changed, settled.before) == ("verified", True, before)
    assert settled.undo == "restore_app"
    assert len(changes(handset)) == asked


def test_an_earlier_visit_that_changed_nothing_is_made_up_for(handset, phone):
    before = AppSeen(package=MAP, installed=True, enabled=True, setting=0)

    settled = done(Disable(phone, MAP), before=before)

    assert (settled.state, settled.changed, settled.before) == ("verified", True, before)
    assert user_of(handset, MAP).enabled == 3


def test_a_handset_reads_no_file_of_the_machine_it_runs_on(handset, phone, wechat, tmp_path):
    given = wechat()
    (handset.data_path / "local/tmp/out.apk").symlink_to(given["file"])
    climbing = f"/data/local/tmp/{'../' * 20}{given['file']}"

    for path in ("/data/local/tmp/out.apk", climbing):
        assert "Unable to open file" in phone.shell("pm", "install", "-r", path).text
    assert handset.state.packages[WECHAT].version_code == 2880
