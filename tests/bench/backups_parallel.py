"""Several phones at one station: what all of them get together, and what each gets of it."""

import random
from contextlib import ExitStack

from agents.handset.handset import Handset
from tests.bench.files import Backup, backup, empty_phone, memory, server_and_station, settle
from tests.bench.measure import Row

PHONES = 8
SMALL_FILES, SMALL_BYTES = 1000, 32 * 1024
LARGE_BYTES = 32 << 20
MEBIBYTES = (SMALL_FILES * SMALL_BYTES + LARGE_BYTES) / (1 << 20)
FEW_FILES, FEW_BYTES = 100, 4096


def together() -> list[Row]:
    alone, all_at_once = _phones(1), _phones(PHONES)
    with server_and_station() as stage, empty_phone(stage) as few, empty_phone(stage) as much:
        _fill(much, 1, copies=8)
        _few(few)
        mixed = backup(stage, few, much)
    return [
        _throughput(MEBIBYTES / alone.seconds, PHONES * MEBIBYTES / all_at_once.seconds),
        memory(f"memory of the agent, {PHONES} phones", all_at_once),
        _apart("the slowest of them / the fastest", max(all_at_once.each), min(all_at_once.each)),
        _sooner(mixed.each[0], mixed.each[1]),
    ]


def _phones(count: int) -> Backup:
    with server_and_station() as stage, ExitStack() as stack:
        phones = [stack.enter_context(empty_phone(stage)) for _ in range(count)]
        for number, phone in enumerate(phones):
            _fill(phone, number)
        return backup(stage, *phones)


def _fill(phone: Handset, seed: int, copies: int = 1) -> None:
    folder, noise = phone.storage_path / "DCIM", random.Random(seed)
    folder.mkdir(parents=True)
    for number in range(SMALL_FILES):
        (folder / f"{number:05d}.jpg").write_bytes(noise.randbytes(SMALL_BYTES))
    for number in range(copies):
        (folder / f"{number}.mp4").write_bytes(noise.randbytes(LARGE_BYTES))
    settle(phone)


def _few(phone: Handset) -> None:
    folder, noise = phone.storage_path / "DCIM", random.Random(99)
    folder.mkdir(parents=True)
    for number in range(FEW_FILES):
        (folder / f"{number:05d}.txt").write_bytes(noise.randbytes(FEW_BYTES))
    settle(phone)


def _throughput(alone: float, together_: float) -> Row:
    ratio = together_ / alone
    return Row(
        f"{PHONES} phones at once / one alone, all bytes",
        f"{together_:.0f} MiB/s",
        f"{alone:.0f} MiB/s",
        f"{ratio:.2f} ×",
        "≥ 0.8 ×",
        ratio >= 0.8,
    )


def _apart(what: str, slowest: float, fastest: float) -> Row:
    ratio = slowest / fastest
    return Row(what, f"{slowest:.1f} s", f"{fastest:.1f} s", f"{ratio:.1f} ×", "≤ 2 ×", ratio <= 2)


def _sooner(few: float, much: float) -> Row:
    ratio = few / much
    what = f"{FEW_FILES} small files beside a phone with {8 * LARGE_BYTES >> 20} MiB: time / its"
    return Row(what, f"{few:.1f} s", f"{much:.1f} s", f"{ratio:.2f} ×", "≤ 0.5 ×", ratio <= 0.5)
