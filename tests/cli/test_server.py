"""Making a server, looking after it, and setting a password beside it."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from cli.app import main
from cli.exits import CONFLICT, INVALID, NOT_ALLOWED, NOT_SO
from tests.cli.conftest import Workfleet

Anywhere = Callable[..., Result]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_opens_secrets_is_for_its_owner(anywhere: Anywhere, folders: Path) -> None:
    made = anywhere("server", "init")

    assert made.exit_code == 0
    home = folders / "home"
    assert mode(home) == 0o700
    private = ("keys/key-encryption.key", "backup-identity.txt", "settings.toml")
    assert {mode(home / name) for name in private} == {0o600}
    assert mode(folders / "config/profiles.toml") == 0o600


def test_no_secret_is_printed_by_init(anywhere: Anywhere, folders: Path) -> None:
    printed = anywhere("server", "init").output

    identity = (folders / "home/backup-identity.txt").read_text()
    token = (folders / "config/profiles.toml").read_text().partition('token = "')[2][:20]
    assert token.startswith("wf_")
    assert token not in printed
    assert identity.splitlines()[-1] not in printed
    assert "safe" in printed


def test_the_next_command_just_works(workfleet: Workfleet) -> None:
    assert "liuyang" in workfleet.say("whoami")


def test_a_server_is_never_made_over_another(workfleet: Workfleet) -> None:
    before = (workfleet.home / "settings.toml").read_bytes()

    assert "already" in workfleet.refusal("server", "init", expect=CONFLICT)
    assert (workfleet.home / "settings.toml").read_bytes() == before


def test_a_folder_with_something_in_it_is_refused(anywhere: Anywhere, folders: Path) -> None:
    (folders / "home").mkdir()
    (folders / "home/thesis.txt").touch()

    assert anywhere("server", "init").exit_code == CONFLICT
    assert [path.name for path in (folders / "home").iterdir()] == ["thesis.txt"]


def test_an_init_that_fails_leaves_nothing(anywhere: Anywhere, folders: Path) -> None:
    lost = f"sqlite:///{folders}/nowhere/deep/x.db"

    failed = anywhere("server", "init", "--database", lost)

    assert failed.exit_code != 0
    assert not [path for path in folders.iterdir() if "home" in path.name]
    assert not (folders / "config/profiles.toml").exists()


def test_a_second_server_on_one_database_is_refused(anywhere: Anywhere, folders: Path) -> None:
    shared = f"sqlite:///{folders}/shared.db"
    assert anywhere("server", "init", "--database", shared).exit_code == 0

    again = anywhere("server", "init", "--home", folders / "other", "--database", shared)

    assert again.exit_code == CONFLICT
    assert not (folders / "other").exists()


def test_a_short_password_is_refused_before_anything_is_made(
    anywhere: Anywhere, folders: Path
) -> None:
    (folders / "password").write_text("short\n")

    refused = anywhere("server", "init", "--admin-password-file", folders / "password")

    assert refused.exit_code == INVALID
    assert not (folders / "home").exists()


def test_the_companys_own_recipient_is_used(anywhere: Anywhere, folders: Path) -> None:
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

    assert anywhere("server", "init", "--recipient", recipient).exit_code == 0
    assert recipient in (folders / "home/settings.toml").read_text()
    assert not (folders / "home/backup-identity.txt").exists()


def test_what_is_no_recipient_is_refused(anywhere: Anywhere) -> None:
    assert anywhere("server", "init", "--recipient", "age1nonsense").exit_code == INVALID


def test_the_doctor_finds_a_fresh_server_well(workfleet: Workfleet) -> None:
    findings = workfleet.json("server", "doctor")

    assert [one["part"] for one in findings if not one["ok"]] == []
    assert any("safe" in one["advice"] for one in findings)


def test_the_doctor_names_a_key_that_others_can_read(workfleet: Workfleet) -> None:
    (workfleet.home / "keys/key-encryption.key").chmod(0o644)

    said = workfleet.say("server", "doctor", expect=NOT_SO)

    assert "✗ key of the vault" in said
    assert "chmod 600" in said


def test_the_doctor_names_a_folder_without_a_server(anywhere: Anywhere) -> None:
    found = anywhere("server", "doctor")

    assert found.exit_code == NOT_SO
    assert "server init" in found.output


def test_an_old_database_is_not_served(workfleet: Workfleet) -> None:
    from fleet.settings import load
    from migrations import downgrade

    downgrade(load(workfleet.home).database)

    assert "server upgrade" in workfleet.refusal("server", "serve", expect=CONFLICT)
    assert "went from" in workfleet.say("server", "upgrade")
    assert "newest revision already" in workfleet.say("server", "upgrade")


def test_a_new_password_logs_in_and_ends_earlier_logins(workfleet: Workfleet) -> None:
    set_it = ("server", "set-password", "liuyang", "--password-stdin")
    log_in = ("login", "--username", "liuyang", "--password-stdin")
    workfleet.say(*set_it, typed="correct horse battery\n")
    workfleet.say(*log_in, typed="correct horse battery\n")
    assert "liuyang" in workfleet.say("whoami")

    workfleet.say(*set_it, typed="another good password\n")

    workfleet.refusal("whoami", expect=NOT_ALLOWED)
    workfleet.run(*log_in, typed="correct horse battery\n", expect=NOT_ALLOWED)
    assert "first" in workfleet.say(*log_in, typed="another good password\n")
    workfleet.refusal("audit", "tail", expect=NOT_ALLOWED)
    own = "another good password\none of my own choice\n"
    workfleet.say("password", "--password-stdin", typed=own)
    assert "user.password_set" in workfleet.say("audit", "tail")
    assert "whole" in workfleet.say("audit", "verify")


def test_a_password_is_no_argument_and_needs_somebody_to_type_it(workfleet: Workfleet) -> None:
    refused = CliRunner().invoke(main, ["server", "set-password", "liuyang"])

    assert refused.exit_code == INVALID


def test_a_certificate_needs_its_key(workfleet: Workfleet, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").touch()

    workfleet.run("server", "serve", "--certificate", tmp_path / "cert.pem", expect=2)


def test_findings_are_json_for_programs(workfleet: Workfleet) -> None:
    assert json.loads(workfleet.say("-o", "json", "server", "doctor"))[0]["ok"] is True
