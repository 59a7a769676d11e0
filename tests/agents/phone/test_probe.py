import os
import re
import shlex
import shutil
import signal
import subprocess
from datetime import UTC, datetime
from time import monotonic

import pytest

from agents.phone.errors import PhoneUnreachable
from agents.phone.fake import FakePhone
from agents.phone.parts.catalogue import BATTERY, BOOT, EVERY_PART, GETPROP, PARTS, TRUST
from agents.phone.parts.part import Part
from agents.phone.parts.refusals import CUT_OFF, NOT_RECORDED, REFUSED, TIMED_OUT
from agents.phone.probe import bounded, probe, script_of, split

SAID = {
    "boot": (b"epoch=1795383927\nuptime=12.5 3\nid=uid=2000(shell)\n", 0),
    "getprop": (b"[ro.product.brand]: [Xiaomi]\n[ro.serialno]: [156fe1ab]\n", 0),
    "battery": (b"Current Battery Service state:\n  level: 44\n  temperature: 280\n", 0),
    "trust": (b"Permission Denial: can't dump trust from uid=2000\n", 0),
    "lock_settings": (b"Current lock", 124),
}


def phone(said=SAID, *, ending=b"\n"):
    """A phone that answers the parts in `said`, as its shell would."""

    def answer(script):
        mark = re.search(r"K=(\w+)", script)[1].encode()
        lines = (
            mark + b"<" + name.encode() + b"\n" + out + b"\n" + mark + b">" + name.encode()
            + f" {status}\n".encode()
            for name, (out, status) in said.items()
        )  # fmt: skip
        return b"".join(lines).replace(b"\n", ending)

    return FakePhone({"K=": answer})


def test_everything_is_asked_in_one_round_trip():
    asked = phone()
    facts = probe(asked).facts

    assert asked.round_trips == 1
    assert (facts.identity.serial, facts.battery.level) == ("156fe1ab", 44)


def test_a_terminals_line_ends_change_nothing():
    before, after = probe(phone()), probe(phone(ending=b"\r\n"))

    volatile = {"probed_at", "clock_offset_seconds"}
    assert after.facts.model_dump(exclude=volatile) == before.facts.model_dump(exclude=volatile)


def test_what_failed_is_a_gap_with_its_reason():
    facts = probe(phone()).facts

    assert facts.missing("trust").reason == REFUSED
    assert "Permission Denial" in facts.missing("trust").detail
    assert facts.missing("lock_settings").reason == TIMED_OUT
    assert facts.missing("packages").reason == NOT_RECORDED
    assert facts.missing("battery") is None


def test_an_answer_that_imitates_the_marks_is_only_text():
    forged = b"[ro.serialno]: [156fe1ab]\n" + b"a" * 32 + b">getprop 0\n[ro.product.brand]: [X]\n"
    facts = probe(phone({"getprop": (forged, 0)})).facts

    assert (facts.identity.serial, facts.identity.brand) == ("156fe1ab", "X")


def test_each_visit_has_marks_of_its_own():
    asked = phone()
    probe(asked)
    probe(asked)

    first, second = (re.search(r"K=(\w+)", script)[1] for script in asked.asked)
    assert first != second


def test_an_answer_longer_than_its_limit_is_marked_as_cut():
    long = b"level: 5\ntemperature: 280\n" + b"x" * BATTERY.kilobytes * 1024
    visit = probe(phone({"battery": (long, 0)}))

    (part,) = visit.parts
    assert (part.cut, len(part.data)) == (True, BATTERY.kilobytes * 1024)
    assert visit.facts.battery.level == 5
    assert visit.facts.missing("battery").reason == CUT_OFF


@pytest.mark.parametrize("size", [1, 99, 4096])
def test_an_endless_answer_takes_no_memory_and_hides_no_other(size):
    mark = "e" * 32
    parts = [part(name, "echo") for name in ("long", "short")]
    flood = b"%%s<long\n%s\n%%s>long 0\n%%s<short\nhere\n%%s>short 3\n" % (b"x" * 50_000)
    said = flood % ((mark.encode(),) * 4)

    kept = bounded((said[at : at + size] for at in range(0, len(said), size)), parts, mark)

    long, short = split(kept, parts, mark)
    assert len(kept) < 8 * 1024
    assert (len(long.data), long.cut, long.status) == (1024, True, 0)
    assert (short.data, short.cut, short.status) == (b"here", False, 3)


def test_the_clock_is_compared_with_ours(time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 21, 45, 20, tzinfo=UTC), tick=False)
    facts = probe(phone()).facts

    assert facts.probed_at == datetime(2026, 11, 22, 21, 45, 20, tzinfo=UTC)
    assert facts.clock_offset_seconds == 1795383927 - facts.probed_at.timestamp()


def test_the_digest_of_the_transcript_leaves_personal_numbers_out():
    def visit(number):
        said = b"[persist.radio.imei]: [%s]\n" % number
        return probe(phone({"getprop": (said, 0)})).digest

    assert visit(b"863938054828535") == visit(b"860661050623428")
    assert visit(b"863938054828535") != visit(b"none")


def test_a_phone_that_is_gone_is_refused():
    with pytest.raises(PhoneUnreachable):
        probe(FakePhone({"K=": PhoneUnreachable("FAKE", "cut off")}))


def test_the_whole_script_fits_into_one_command_of_an_old_phone():
    # adbd of Android 6 takes 4096 bytes; the seam puts its own end mark around the script.
    assert len(script_of(PARTS, "0" * 32).encode()) < 3600


def test_nothing_that_is_asked_changes_the_phone():
    harmful = r"\b(?:put|set|delete|rm|mv|am|svc|input|install|uninstall|clear|enable|disable)\b|>"

    for part in EVERY_PART:
        assert not re.search(harmful, part.command), part.name


# The same script, run by a real shell: what the phone's own shells do with it.
SHELLS = [shell for shell in ("dash", "bash", "mksh") if shutil.which(shell)]


def run(shell, parts, before=""):
    mark = "f" * 32
    script = before + script_of(parts, mark)
    done = subprocess.run([shell, "-c", script], capture_output=True, timeout=30, check=False)
    return {part.name: part for part in split(done.stdout, parts, mark)}, done


def part(name, command, *, seconds=10, kilobytes=1):
    return Part(
        name, command, lambda text: text, file=name, look="", asked="", seconds=seconds,
        kilobytes=kilobytes,
    )  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_gives_each_part_its_own_status_and_keeps_complaints(shell):
    parts = [
        part("ok", "echo fine"),
        part("bad", "echo oops >&2;exit 7"),
        part("bare", "printf nothing-after"),
        part("quoted", "echo 'a  b' \"$HOME\"|sed -n 's/a/c/p'"),
    ]
    found, done = run(shell, parts)

    assert {name: answer.status for name, answer in found.items()} == {
        "ok": 0,
        "bad": 7,
        "bare": 0,
        "quoted": 0,
    }
    assert found["bad"].data == b"oops\n"
    assert found["bare"].data == b"nothing-after"
    assert found["quoted"].data.startswith(b"c  b")
    assert done.stderr == b""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_cuts_what_is_too_long_and_stops_what_takes_too_long(shell):
    parts = [
        part("long", "while :;do echo aaaaaaaaaaaaaaa;done", seconds=1),
        part("slow", "t sleep 60", seconds=1),
        part("after", "echo here"),
    ]
    found, _done = run(shell, parts)

    assert (len(found["long"].data), found["long"].cut) == (1024, True)
    assert found["slow"].status == 124
    assert found["after"].data == b"here\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_without_timeout_and_head_still_answers(shell):
    without = f'PATH={shlex.quote("/nowhere")};cat(){{ while read -r a;do echo "$a";done;}};'
    found, _done = run(shell, [part("ok", "t echo fine"), BOOT, GETPROP, TRUST], without)

    assert found["ok"].data == b"fine\n"
    assert found.keys() == {"ok", "boot", "getprop", "trust"}
    assert found["trust"].status == 127


@pytest.mark.parametrize("shell", SHELLS)
def test_a_child_that_outlives_its_parent_holds_nothing_up(shell, tmp_path):
    child = tmp_path / "child"
    parts = [part("orphan", f"sleep 25& echo $!>{child}", seconds=1), part("after", "echo here")]
    before = monotonic()

    found, _done = run(shell, parts)

    assert monotonic() - before < 15
    assert found["after"].data == b"here\n"
    os.kill(int(child.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_waits_for_input(shell):
    found, _done = run(shell, [part("reader", "cat;echo done")])

    assert found["reader"].data == b"done\n"
