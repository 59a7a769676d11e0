"""The unit is one that systemd understands, and it gives the agent what it needs."""

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from agents.station.unit import FILES, UNIT_FILE, Service, program_of

TRUE = ("/usr/bin/true",)


def verified(folder, service):
    """Have systemd read the unit; return what it says against it."""
    path = folder / UNIT_FILE.name
    path.write_text(service.unit())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if UNIT_FILE.name in line]
    return done.returncode, complaints


@pytest.mark.parametrize(
    "service",
    [
        Service(TRUE),
        Service(TRUE, user="root", group=None, language="zh_CN.UTF-8"),
        Service(TRUE, home=PurePosixPath('/srv/a bench/100% "mine"'), adb=("--adb-port", "5038")),
        Service(TRUE, home=PurePosixPath("/home/liu/$station")),
    ],
    ids=["usual", "root", "odd folder", "in a home"],
)
def test_systemd_has_nothing_against_the_unit(tmp_path, service):
    assert verified(tmp_path, service) == (0, [])


def test_a_unit_that_is_wrong_would_be_found(tmp_path):
    code, complaints = verified(tmp_path, Service(("/nowhere/workfleet",)))

    assert code
    assert complaints


def test_little_of_the_machine_is_open_to_it(tmp_path):
    (tmp_path / UNIT_FILE.name).write_text(Service(TRUE).unit())
    judged = ["systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=30"]

    done = subprocess.run(
        [*judged, tmp_path / UNIT_FILE.name], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout.splitlines()[-1:]


def setting(service, name):
    return [
        line.partition("=")[2]
        for line in service.unit().splitlines()
        if line.startswith(f"{name}=")
    ]


def test_it_runs_the_agent_on_the_folder_that_systemd_makes():
    service = Service(("/opt/workfleet/bin/workfleet",))

    run = "/opt/workfleet/bin/workfleet agent run --home /var/lib/workfleet-station"
    assert setting(service, "ExecStart") == [run]
    assert setting(service, "StateDirectory") == ["workfleet-station"]
    assert setting(service, "ReadWritePaths") == []


def test_another_folder_may_be_written():
    service = Service(TRUE, home=PurePosixPath("/srv/station"))

    assert setting(service, "ReadWritePaths") == ["/srv/station"]
    assert setting(service, "StateDirectory") == []


def test_what_lies_in_a_home_can_be_read():
    assert setting(Service(TRUE), "ProtectHome") == ["yes"]
    assert setting(Service(("/home/liu/.venv/bin/workfleet",)), "ProtectHome") == ["read-only"]


def test_it_may_reach_phones_and_open_enough_files():
    service = Service(TRUE)

    assert setting(service, "DeviceAllow") == ["char-usb_device rw"]
    assert setting(service, "SupplementaryGroups") == ["plugdev"]
    assert int(setting(service, "LimitNOFILE")[0]) == FILES
    assert "PrivateDevices" not in service.unit()


def test_an_installation_is_called_by_its_own_path(tmp_path):
    (tmp_path / "bin").mkdir()
    assert program_of(tmp_path, Path("/usr/bin/python3")) == ("/usr/bin/python3", "-m", "cli")

    (tmp_path / "bin/workfleet").touch()
    assert program_of(tmp_path, Path("x")) == (str(tmp_path / "bin/workfleet"),)
