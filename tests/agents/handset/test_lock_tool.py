"""The lock tool answers as each Android version does."""

from pathlib import Path

import pytest

from agents.handset.faults import NoOpSetPin, YesToAllVerify
from agents.handset.framework.framework import Framework
from agents.handset.framework.lock import Kind, wait_after
from agents.handset.framework.reply import Reply
from agents.handset.framework.state import PhoneState
from agents.handset.new_phone import new_state
from agents.handset.profile import profile

ANDROID_8 = "vivo-y85-funtouch"
ANDROID_12 = "huawei-mate60-harmonyos"
ANDROID_14 = "samsung-s24-oneui"
ANDROID_15 = "honor-magic6-magicos"


class NoPower:
    restarts = 0
    erased = 0

    def restart(self) -> None:
        self.restarts += 1

    def erase_files(self) -> None:
        self.erased += 1


def phone(name: str, pin: str = "") -> Framework:
    kind = profile(name)
    state = new_state(kind, "serial", 0, NoPower(), Path("/nowhere"))
    state.lock.change(Kind.PIN if pin else Kind.NONE, pin)
    return Framework(state)


def ask(framework: Framework, line: str) -> Reply:
    return framework.answer(tuple(line.split()))


def said(framework: Framework, line: str) -> str:
    return ask(framework, line).stdout.decode().strip()


def test_a_pin_is_set_when_the_old_one_is_right() -> None:
    framework = phone(ANDROID_14, "1111")

    answer = said(framework, "locksettings set-pin --old 1111 --user 0 2222")

    assert answer == "Pin set to '2222'"
    assert framework.state.lock.secret == "2222"


def test_a_wrong_old_value_is_refused_and_counted() -> None:
    framework = phone(ANDROID_14, "1111")

    reply = ask(framework, "cmd lock_settings set-pin --old 9999 --user 0 2222")

    assert (reply.stdout, reply.status) == (b"Old password '9999' didn't match\n", 255)
    assert framework.state.lock.secret == "1111"
    assert framework.state.lock.wrong_total == 1


@pytest.mark.parametrize(
    ("name", "stream", "words"),
    [
        (ANDROID_8, "stderr", "Credential can't be null or empty"),
        (ANDROID_14, "stderr", "Credential can't be null or empty"),
        (ANDROID_15, "stdout", "User has a lock credential, but old credential was not provided"),
    ],
)
def test_a_missing_old_value_is_a_free_question(name: str, stream: str, words: str) -> None:
    framework = phone(name, "1111")

    reply = ask(framework, "locksettings verify --user 0")

    assert words in getattr(reply, stream).decode()
    assert framework.state.lock.wrong_total == 0


def test_android_8_verifies_anything_when_no_lock_is_set() -> None:
    answer = said(phone(ANDROID_8), "locksettings verify --old 4711")

    assert answer == "Lock credential verified successfully"


def test_later_versions_say_that_there_is_no_lock() -> None:
    answer = said(phone(ANDROID_12), "locksettings verify --old 4711")

    assert answer == "Old password provided but user has no password"


@pytest.mark.parametrize(
    ("name", "line", "counted"),
    [
        (ANDROID_8, "locksettings help --old 9999", 1),
        (ANDROID_12, "locksettings help --old 9999", 0),
        (ANDROID_12, "locksettings get-disabled --old 9999", 1),
        (ANDROID_14, "locksettings get-disabled --old 9999", 0),
        (ANDROID_14, "locksettings nonsense --old 9999", 1),
    ],
)
def test_which_verbs_spend_an_attempt_depends_on_the_version(
    name: str, line: str, counted: int
) -> None:
    framework = phone(name, "1111")

    ask(framework, line)

    assert framework.state.lock.wrong_total == counted


def test_an_unknown_verb_ends_with_status_0() -> None:
    reply = ask(phone(ANDROID_14), "cmd lock_settings nonsense")

    assert (reply.stderr, reply.status) == (b"Unknown command: nonsense\n", 0)


def test_some_wrappers_drop_the_status_and_cmd_hands_it_on() -> None:
    framework = phone(ANDROID_15, "1111")

    assert ask(framework, "locksettings verify --old 9").status == 0
    assert ask(framework, "cmd lock_settings verify --old 9").status == 255


def test_options_behind_the_value_are_not_options() -> None:
    framework = phone(ANDROID_14, "1111")

    ask(framework, "locksettings set-pin 2222 --old 1111")

    assert framework.state.lock.secret == "1111"


def test_five_wrong_values_make_the_phone_wait() -> None:
    framework = phone(ANDROID_14, "1111")

    for _ in range(5):
        ask(framework, "locksettings verify --old 9999")

    assert said(framework, "locksettings verify --old 1111") == "Request throttled"


@pytest.mark.parametrize(
    ("failures", "seconds"), [(4, 0), (5, 30), (6, 0), (10, 30), (30, 30), (40, 60), (140, 86400)]
)
def test_waiting_times_follow_gatekeeper(failures: int, seconds: float) -> None:
    assert wait_after(failures) == seconds


def test_the_wipe_limit_erases_the_phone() -> None:
    framework = phone(ANDROID_14, "1111")
    framework.state.lock.wipe_limit = 2

    ask(framework, "locksettings verify --old 9999")
    ask(framework, "locksettings verify --old 9998")

    assert not framework.state.lock.secure
    assert framework.state.setting("secure", "user_setup_complete") == "0"


def test_an_admin_refuses_a_short_pin() -> None:
    framework = phone(ANDROID_14)
    framework.state.lock.minimum_length = 6

    answer = said(framework, "locksettings set-pin 1234")

    assert answer.startswith("New credential doesn't satisfy admin policies")
    assert not framework.state.lock.secure


@pytest.mark.parametrize("value", ["12", "12ab"])
def test_an_unfit_pin_throws_inside_the_system(value: str) -> None:
    reply = ask(phone(ANDROID_14), f"cmd lock_settings set-pin {value}")

    assert reply.status == 255
    assert b"Error while executing command: set-pin" in reply.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [(ANDROID_12, "CredentialType: Pin"), (ANDROID_15, "CredentialType: PIN")],
)
def test_the_kind_of_lock_is_spelt_as_by_the_version(name: str, words: str) -> None:
    assert words in said(phone(name, "1111"), "dumpsys lock_settings")


def test_before_android_11_the_kind_of_lock_is_not_said() -> None:
    assert "CredentialType" not in said(phone(ANDROID_8, "1111"), "dumpsys lock_settings")


def lying(state: PhoneState) -> None:
    for fault in (NoOpSetPin(), YesToAllVerify()):
        state.lock_tool = fault.lock_tool(state.lock_tool)


def test_a_lying_tool_says_what_an_honest_one_says_and_changes_nothing() -> None:
    framework = phone(ANDROID_14, "1111")
    lying(framework.state)

    answers = [
        said(framework, f"locksettings {words}")
        for words in ("set-pin --old 1111 2222", "verify --old 2222", "verify --old 9999")
    ]

    verified = "Lock credential verified successfully"
    assert answers == ["Pin set to '2222'", verified, verified]
    assert framework.state.lock.secret == "1111"


def test_no_secret_is_in_the_journal_or_in_what_a_test_would_show() -> None:
    framework = phone(ANDROID_14, "1111")

    reply = ask(framework, "cmd lock_settings set-pin --old 1111 --user 0 271828")

    shown = repr(framework.journal) + repr(reply) + repr(framework.state.lock)
    assert "271828" not in shown
    assert "1111" not in shown
    assert framework.journal == ["locksettings set-pin --old ••• --user 0 •••"]
