"""Slow questions: what is read out of their answers, and what never leaves the phone."""

import subprocess

from agents.phone.parts import running, sizes, usage
from agents.phone.parts.catalogue import PARTS
from agents.phone.parts.facts import SIZES_UNTOLD, facts_of
from agents.phone.parts.part import Recorded
from agents.phone.parts.slow import SLOW, USAGE, WORK_APPS_DETAILS, slow_parts
from agents.phone.probe import SLOW_DEADLINE, script_of
from fleet.contracts.work_apps import MOST_WORK_APPS, WORK_APPS, catalogue

USED = """user=0
  Last 24 hour events (timeRange="11/20/2026, 6:22 p. m. – 11/21/2026, 6:22 p. m." )
    time="2026-11-21 17:01:00" type=ACTIVITY_RESUMED package=com.tencent.mm class=com.x.ChatUI
  In-memory daily stats
    packages
      package=com.tencent.mm totalTimeUsed="41:07" lastTimeUsed="2026-11-21 18:22:09" \
totalTimeVisible="50:00" lastTimeVisible="2026-11-21 19:00:00" appLaunchCount=12
      package=com.example.private totalTimeUsed="10:00" lastTimeUsed="2026-11-21 09:00:00"
  In-memory weekly stats
    packages
      package=com.tencent.mm totalTimeUsed="2:05:03" lastTimeUsed="2026-11-20 18:22:09"
      package=com.tencent.mobileqq totalTimeUsed="00:00" lastTimeUsed="1970-01-01 08:00:00"
user=999
  In-memory daily stats
    packages
      package=com.tencent.mm totalTimeUsed="00:53" lastTimeUsed="2026-11-21 20:00:00"
"""


def filtered(part, said: str, program: str) -> str:
    """What the part's own command lets through of what `program` says."""
    script = f"t(){{ cat <<'END'\n{said}\nEND\n}};{part.command}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False, timeout=20)
    assert program in part.command
    return done.stdout.decode()


def test_all_users_together_and_the_last_of_all_moments_are_told():
    use = usage.parse(USED)["com.tencent.mm"]

    assert (use.today, use.this_week) == (41 * 60 + 7 + 53, 2 * 3600 + 5 * 60 + 3)
    assert use.last == "2026-11-21 20:00:00"


def test_what_was_used_at_the_beginning_of_time_was_never_used():
    assert usage.parse(USED)["com.tencent.mobileqq"].last is None


def test_an_old_android_has_shorter_words():
    text = 'In-memory daily stats\n package=com.x totalTime="01:01" lastTime="2019-01-01 01:01:01"'

    assert usage.parse(text)["com.x"] == usage.Use("2019-01-01 01:01:01", 61, 0)


def test_a_dump_that_ended_early_tells_nothing():
    text = USED + "*** SERVICE 'usagestats' DUMP TIMEOUT (10000ms) EXPIRED ***"

    assert usage.parse(text) is None


def test_neither_when_apps_were_opened_nor_other_peoples_apps_leave_the_phone():
    told = filtered(USAGE, USED, "dumpsys usagestats")

    assert "ACTIVITY_RESUMED" not in told
    assert "private" not in told
    assert usage.parse(told)["com.tencent.mm"] == usage.parse(USED)["com.tencent.mm"]


def test_the_room_an_app_takes_stands_in_lists_side_by_side():
    text = (
        'Package Names: ["com.a","com.b"]\nApp Sizes: [1,2]\n'
        "App Data Sizes: [30,40]\nCache Sizes: [5,-6]\n"
    )

    assert sizes.parse(text) == {"com.a": sizes.Size(1, 30, 5), "com.b": sizes.Size(2, 40, None)}


def test_lists_of_different_lengths_are_not_matched_up():
    text = 'Package Names: ["com.a","com.b"]\nApp Sizes: [1]\nCache Sizes: [5,6]'

    assert sizes.parse(text)["com.a"] == sizes.Size(None, None, 5)


def test_an_android_that_keeps_no_sizes_is_a_named_gap():
    listed = Recorded("package:com.tencent.mm", 0)
    facts = facts_of({"packages": listed, "disk_stats": Recorded("Data-Free: 1K / 2K", 0)})

    assert facts.missing("disk_stats").reason == SIZES_UNTOLD
    assert facts.app("com.tencent.mm").data_bytes is None


def test_a_slow_question_that_was_not_asked_is_no_gap():
    gaps = {gap.part for gap in facts_of({}).gaps}

    assert gaps >= {part.name for part in PARTS} - {"packages_third_party"} - {"wechat", "wecom"}
    assert gaps.isdisjoint(part.name for part in SLOW)


def test_who_runs_is_told_by_the_numbers_of_processes():
    assert running.parse("com.tencent.mm=812 3301\ncom.tencent.wework=\n") == {
        "com.tencent.mm": True,
        "com.tencent.wework": False,
    }
    assert running.parse("sh: pidof: not found\ncom.tencent.mm=\n") is None


def dumped(package: str, *, hidden: bool = False) -> str:
    block = (
        f"Packages:\n  Package [{package}] (1):\n    versionName=9.1\n    signatures="
        "PackageSignatures{a version:3, signatures:[962f5b7], past signatures:[]}\n"
        "    User 0: ceDataInode=1 installed=true hidden=false suspended=true enabled=3\n"
        "    User 999: ceDataInode=2 installed=true hidden=true suspended=false enabled=0\n"
    )
    return block + f"Hidden system packages:\n  Package [{package}] (2):\n" * hidden


def test_each_work_app_tells_its_signer_and_how_it_stands_for_each_user():
    said = dumped("com.tencent.mobileqq", hidden=True) + dumped("com.ss.android.lark")
    apps = WORK_APPS_DETAILS.parse(said)

    assert [app.package for app in apps] == ["com.ss.android.lark", "com.tencent.mobileqq"]
    assert {app.signer for app in apps} == {"962f5b7"}
    owner, clone = apps[1].states
    assert (owner.user, owner.enabled, owner.suspended) == (0, False, True)
    assert (clone.user, clone.enabled, clone.hidden) == (999, True, True)


def test_a_work_app_that_is_listed_and_told_nothing_of_is_a_gap():
    listed = Recorded("package:com.tencent.mobileqq", 0)

    there = facts_of({"packages": listed, "work_apps": Recorded("", 0)})
    away = facts_of({"packages": Recorded("package:com.x", 0), "work_apps": Recorded("", 0)})

    assert there.missing("work_apps")
    assert not away.missing("work_apps")


def test_the_slow_script_too_fits_into_one_command_of_an_old_phone():
    longest = [f"com.{'a' * 14}.{'b' * 8}{number:02d}" for number in range(40)]

    assert len(script_of(SLOW, "0" * 32).encode()) < 3600
    assert len(script_of(slow_parts(catalogue(longest)), "0" * 32).encode()) < 3600


def test_all_slow_questions_together_end_in_time():
    assert sum(part.seconds for part in SLOW) < SLOW_DEADLINE


def test_only_the_name_of_a_package_gets_into_a_script():
    given = ["com.example.work", "com.x;reboot", "$(reboot)", "nodots", "com.x\nreboot", ""]

    assert catalogue(given) == (*WORK_APPS, "com.example.work")
    assert len(catalogue(f"com.x.n{n}" for n in range(99))) == MOST_WORK_APPS
