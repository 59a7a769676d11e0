"""Making a service: every step is shown, what is so already is none, a failure is told."""

from pathlib import Path, PurePosixPath

import pytest

from agents.station.errors import InstallFailed, ProgramPrivate
from agents.station.installing import Remove, Run, Write, refuse_private_program
from agents.station.installing import to_install as steps_to_install
from agents.station.installing import to_remove as steps_to_remove
from agents.station.unit import NAME, UDEV_FILE, UDEV_RULE, UNIT_FILE, Service

SERVICE = Service(("/usr/bin/true",))


@pytest.fixture
def root(tmp_path):
    """Give the folders of a machine that has no station."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nplugdev:x:46:\n")
    return tmp_path


def below(root, path):
    return root / path.relative_to("/")


def to_install(root, service=SERVICE):
    return list(steps_to_install(service, root))


def commands(steps):
    return [step.words for step in steps if isinstance(step, Run)]


def programs(steps):
    return [words[:2] for words in commands(steps)]


def write(steps):
    for step in steps:
        if isinstance(step, Write | Remove):
            step.do()


def test_a_fresh_machine_gets_user_folder_rule_and_unit(root):
    steps = to_install(root)

    assert programs(steps) == [
        ("useradd", "--system"),
        ("install", "-d"),
        ("systemctl", "enable"),
    ]
    write(steps)
    assert below(root, UNIT_FILE).read_text() == SERVICE.unit()
    assert below(root, UDEV_FILE).read_text() == f"{UDEV_RULE}\n"


def test_a_machine_without_the_group_gets_it(root):
    (root / "etc/group").write_text("root:x:0:\n")

    assert ("groupadd", "--system", "plugdev") in commands(to_install(root))


def test_what_is_so_already_is_no_step(root):
    write(to_install(root))
    (root / "etc/passwd").write_text(f"{NAME}:x:999:999::/:/usr/sbin/nologin\n")
    below(root, SERVICE.home).mkdir(parents=True)

    steps = to_install(root)

    assert not [step for step in steps if isinstance(step, Write)]
    assert programs(steps) == [("usermod", "-aG"), ("systemctl", "enable")]


def test_a_running_systemd_reads_it_and_starts_what_is_enrolled(root):
    (root / "run/systemd/system").mkdir(parents=True)
    below(root, SERVICE.home).mkdir(parents=True)
    assert commands(to_install(root))[-1] == ("systemctl", "enable", NAME)

    (below(root, SERVICE.home) / "station.json").touch()

    assert ("systemctl", "daemon-reload") in commands(to_install(root))
    assert commands(to_install(root))[-1] == ("systemctl", "restart", NAME)


def test_removing_leaves_the_folder_and_the_rule_of_others(root):
    write(to_install(root))
    below(root, SERVICE.home).mkdir(parents=True)
    below(root, UDEV_FILE).write_text("# ours, changed by hand\n")

    steps = list(steps_to_remove(root))
    write(steps)

    assert commands(steps) == [("systemctl", "disable", NAME)]
    assert not below(root, UNIT_FILE).exists()
    assert below(root, UDEV_FILE).exists()
    assert below(root, SERVICE.home).is_dir()


def test_removing_takes_our_own_rule_away(root):
    write(to_install(root))

    write(steps_to_remove(root))

    assert not below(root, UDEV_FILE).exists()
    assert list(steps_to_remove(root)) == []


@pytest.mark.parametrize("words", [("false",), ("/nowhere/at/all",)])
def test_a_step_that_fails_is_named(words):
    with pytest.raises(InstallFailed, match=words[0]):
        Run(words).do()


def test_a_step_may_fail_where_nothing_needs_it():
    Run(("false",), may_fail=True).do()


def test_what_cannot_be_written_is_named(tmp_path):
    (tmp_path / "etc").write_text("a file")

    with pytest.raises(InstallFailed, match=r"x\.service"):
        Write(tmp_path / "etc/x.service", "").do()


def test_a_program_that_the_user_could_not_read_is_refused(tmp_path):
    program = tmp_path / "venv/bin/workfleet"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    program.parent.chmod(0o700)

    with pytest.raises(ProgramPrivate):
        refuse_private_program(Service((str(program),)))
    refuse_private_program(Service((str(program),), user="root"))


def test_an_interpreter_that_the_user_could_not_read_is_refused(tmp_path):
    (tmp_path / "python3").touch(0o750)

    with pytest.raises(ProgramPrivate, match="python3"):
        refuse_private_program(SERVICE, tmp_path / "python3")


def test_the_programs_of_the_system_are_not_refused():
    refuse_private_program(Service((str(Path("/usr/bin/true")),), PurePosixPath("/srv")))
