"""Remedies with everything real: a server and an agent as processes, adb, and a phone.

A forbidden app is found, switched off with proof, and the finding closes by itself; taken back, it
is found again. WeChat is updated from a file of the company's, and the doors are closed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.apk import app_file
from agents.handset.handset import Handset
from cli.exits import CONFLICT, INVALID
from fleet.contracts.work_apps import WECHAT
from tests.cli.test_live import Bench, answers, wait_until
from tests.ports import free_port

pytestmark = pytest.mark.handset

MAP = "com.autonavi.minimap"
TERMS = f'forbidden = ["{MAP}"]\n[least_versions]\n"{WECHAT}" = "9.0.0"\n'


@pytest.fixture
def bench(tmp_path: Path, adb_server: AdbServer) -> Iterator[Bench]:
    """Give a server with terms, and the agent of a station."""
    bench, port = Bench(tmp_path), free_port()
    terms = tmp_path / "terms.toml"
    terms.write_text(TERMS)
    with ExitStack() as stack:
        stack.callback(bench.end)
        bench.run("server", "init", "--url", f"http://127.0.0.1:{port}")
        bench.start("server", "serve", "--port", str(port))
        wait_until(lambda: answers(port))
        bench.run("compliance", "policy", "apply", str(terms), "--reason", "test", "--yes")
        code = bench.json("station", "invite", "bench-1")["code"]
        bench.run("station", "enroll", "--code", code)
        bench.start("agent", "run", "--adb-port", str(adb_server.port))
        yield bench


@pytest.fixture
def phone(start_handset: Callable[..., Handset]) -> Handset:
    phone = start_handset()
    phone.state.settings["global"]["adb_wifi_enabled"] = "1"
    return phone


@pytest.fixture
def tag(bench: Bench, phone: Handset) -> str:
    """Give the tag of the phone, once it was seen and judged."""
    wait_until(lambda: open_ones(bench, "app_forbidden"))
    [device] = bench.json("device", "list")["items"]
    bench.run("department", "add", "SALES", "--name", "Sales")
    bench.run("employee", "add", "E1037", "--name", "Ann", "--department", "SALES")
    bench.run("issue", "--to", "E1037", "--device", device["tag"])
    return str(device["tag"])


def open_ones(bench: Bench, rule: str) -> list[str]:
    found = bench.json("finding", "list", "--rule", rule, "--state", "open")["items"]
    return [one["number"] for one in found]


def planned(bench: Bench, *words: str) -> str:
    [line] = bench.json("remedy", "plan", *words, "--yes")["lines"]
    return str(line["remedy"])


def ended(bench: Bench, number: str) -> dict[str, object]:
    wait_until(lambda: bench.json("remedy", "show", number)["state"] != "planned")
    found: dict[str, object] = bench.json("remedy", "show", number)
    return found


def verified(bench: Bench, number: str) -> dict[str, object]:
    done = ended(bench, number)
    assert (done["state"], done["level"]) == ("done", "verified"), (done["reason"], done["word"])
    assert done["digest"]
    return done


def test_a_forbidden_app_is_switched_off_with_proof_and_taken_back(
    bench: Bench, phone: Handset, tag: str
) -> None:
    [found] = open_ones(bench, "app_forbidden")
    assert MAP in bench.run("remedy", "plan", "--finding", found, "--dry-run")

    number = planned(bench, "--finding", found)

    assert verified(bench, number)["undo"] == "restore_app"
    assert phone.state.packages[MAP].users[0].enabled == 3
    wait_until(lambda: not open_ones(bench, "app_forbidden"))
    assert bench.json("finding", "show", found)["closed_because"] == "seen_well"
    explained = bench.run("compliance", "explain", "app_forbidden", "--device", tag)
    assert f"{number} switch the app off {MAP}: done, verified" in explained

    bench.run("remedy", "undo", number, "--yes")
    [back] = bench.json("remedy", "list", "--action", "restore_app")["items"]

    verified(bench, back["number"])
    assert phone.state.packages[MAP].users[0].enabled == 0
    assert bench.json("remedy", "show", number)["state"] == "undone"
    wait_until(lambda: open_ones(bench, "app_forbidden"))
    assert open_ones(bench, "app_forbidden") != [found]
    bench.run("audit", "verify")


def test_wechat_is_updated_from_a_file_of_the_companys(
    bench: Bench, phone: Handset, tag: str, tmp_path: Path
) -> None:
    bench.run("device", "probe", tag, "--wait")
    [found] = open_ones(bench, "wechat_old")
    bench.run("remedy", "plan", "--finding", found, "--yes", expect=CONFLICT)
    installed = phone.state.packages[WECHAT]
    file, code = tmp_path / "weixin.apk", installed.version_code + 100
    mine = {"version_name": "9.0.1", "signature": installed.signature, "size": 3_000_000}
    file.write_bytes(app_file(WECHAT, version_code=code, **mine))

    bench.run("apk", "add", str(file), expect=CONFLICT)
    bench.run("apk", "add", str(file), "--trust", expect=INVALID)
    bench.run("apk", "add", str(file), "--trust", "--reason", "from its maker's page")
    assert "Phones take no older version" in bench.run(
        "remedy", "plan", "--finding", found, "--dry-run"
    )
    number = planned(bench, "--finding", found)

    done = verified(bench, number)
    assert done["undo"] is None
    assert phone.state.packages[WECHAT].version_code == code
    wait_until(lambda: not open_ones(bench, "wechat_old"))
    bench.run("remedy", "undo", number, "--yes", expect=CONFLICT)


def test_the_doors_are_closed_and_the_finding_closes_by_itself(
    bench: Bench, phone: Handset, tag: str
) -> None:
    """The maker lets no computer change its settings, until a person switches that on."""
    assert len(open_ones(bench, "wireless_debugging")) == 1
    refused = ended(bench, planned(bench, "--rule", "wireless_debugging"))
    assert (refused["state"], refused["level"]) == ("refused", "none")
    assert "WRITE_SECURE_SETTINGS" in str(refused["word"])
    phone.state.habits = replace(phone.state.habits, secure_settings=True)

    number = planned(bench, "--rule", "wireless_debugging")

    verified(bench, number)
    assert phone.state.settings["global"]["adb_wifi_enabled"] == "0"
    wait_until(lambda: not open_ones(bench, "wireless_debugging"))
