"""Marks left on a phone before it is erased, and what of them and its owner is still there."""

import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from agents.phone.errors import CommandFailed
from agents.phone.phone import Phone
from fleet.contracts.stations import Planted

LOOK_SECONDS = 120.0
NUMBER = re.compile(r"[0-9]{1,18}")
MARKS: Final[tuple[Literal["data", "settings", "storage"], ...]] = ("data", "settings", "storage")

# Every line is `key=value`; the marks are asked for by a name that nobody else can have used.
LOOK = """\
echo "serialno=$(getprop ro.serialno)"
echo "sdk=$(getprop ro.build.version.sdk)"
echo "started=$(getprop sys.boot_completed)"
echo "boots=$(settings get global boot_count) $(cat /proc/sys/kernel/random/boot_id)"
echo "provisioned=$(settings get global device_provisioned)"
echo "setup=$(settings get secure user_setup_complete)"
[ -e /data/local/tmp/.{token} ] && echo mark=data
[ -e /sdcard/.{token} ] && echo mark=storage
[ "$(settings get global {token})" = 1 ] && echo mark=settings
[ -d /sdcard/ ] && [ -d /data/local/tmp ] && echo places=1
echo "files=$(find -H /sdcard -type f ! -path '*/.*' 2>/dev/null | wc -l)"
pm list packages -3 2>/dev/null | while read name; do echo "app=${{name#package:}}"; done
case "$(cmd testharness help 2>&1)" in
  *"Can't find service"* | *"not found"* | *"Permission denied"* | *SecurityException*) ;;
  *) echo harness=1 ;;
esac
dumpsys mount 2>/dev/null | grep -q 'VolumeInfo{{public:' && echo warning=sd_card
dumpsys account 2>/dev/null | grep -q 'Account {{' && echo warning=accounts
[ "$(pm list users 2>/dev/null | grep -c 'UserInfo{{')" -gt 1 ] && echo warning=more_users
echo whole=1
"""
PLANT = """\
echo mark >/data/local/tmp/.{token}
echo mark >/sdcard/.{token}
settings put global {token} 1 2>/dev/null
true
"""


@dataclass(frozen=True)
class Traces:
    """What can be seen of a phone's former life; `marks` are those of one planting."""

    serialno: str
    sdk: int | None
    started: bool
    boots: str
    in_setup: bool
    marks: frozenset[str]
    files: int | None  # None where they could not be counted
    packages: frozenset[str]
    has_test_harness: bool
    warnings: tuple[str, ...]


def plant(phone: Phone) -> Planted:
    """Leave a mark in the data, the shared storage and the settings, and see them there."""
    token = f"wf_{secrets.token_hex(12)}"
    phone.script(PLANT.format(token=token))
    seen = look(phone, token)
    if not {"data", "storage"} <= seen.marks:
        raise CommandFailed(phone.serial, "leave a mark", "it was not there afterwards")
    return Planted(
        token=token,
        serialno=seen.serialno,
        boots=seen.boots,
        marks=tuple(mark for mark in MARKS if mark in seen.marks),
        files=seen.files,
        packages=tuple(sorted(seen.packages)),
    )


def look(phone: Phone, token: str) -> Traces:
    """Ask in one round trip; refuses with CommandFailed when the answer is not whole."""
    answer = phone.script(LOOK.format(token=token or "wf_none"), deadline=LOOK_SECONDS)
    return parse(phone.serial, answer.text)


def parse(serial: str, text: str) -> Traces:
    lines = [line.partition("=") for line in text.splitlines()]
    one = {key: value.strip() for key, _, value in lines}
    if "whole" not in one:
        raise CommandFailed(serial, "look for traces", "the answer is not whole")
    setup = (one.get("provisioned"), one.get("setup"))
    return Traces(
        serialno=one.get("serialno", ""),
        sdk=_number(one.get("sdk", "")),
        started=one.get("started") == "1" and "places" in one,
        boots=one.get("boots", ""),
        in_setup="0" in setup,
        marks=frozenset(value for key, _, value in lines if key == "mark"),
        files=_number(one.get("files", "")),
        packages=frozenset(value for key, _, value in lines if key == "app" and value),
        has_test_harness="harness" in one,
        warnings=tuple(value for key, _, value in lines if key == "warning"),
    )


def _number(text: str) -> int | None:
    return int(text) if NUMBER.fullmatch(text) else None
