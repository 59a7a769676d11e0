"""Profiles: which server a command speaks to, and whose token it shows there."""

import os
import stat
from pathlib import Path

import pytest

from cli.profiles import (
    Profile,
    Profiles,
    chosen,
    keep,
    profiles_path,
    read_profiles,
    write_profiles,
)
from cli.refusals import NoServerKnown, ProfileNotFound, ProfilesDamaged

HERE = Profile(name="local", server="http://127.0.0.1:8640", token="wf_secret")


def test_a_kept_profile_is_the_current_one(folders: Path) -> None:
    keep(HERE)
    keep(Profile(name='a "b" \\ 中', server="https://fleet.example.com", token=None))

    assert chosen(None, None).server == "https://fleet.example.com"
    assert chosen("local", None) == HERE


@pytest.mark.skipif(os.name != "posix", reason="access lists guard files elsewhere")
def test_the_file_of_tokens_is_for_its_owner(folders: Path) -> None:
    keep(HERE)

    assert stat.S_IMODE(profiles_path().stat().st_mode) == 0o600
    assert stat.S_IMODE(profiles_path().parent.stat().st_mode) == 0o700


def test_a_token_is_sent_to_no_other_server(folders: Path) -> None:
    keep(HERE)

    assert chosen(None, "http://evil.example.com").token is None
    assert chosen(None, "http://127.0.0.1:8640/").token == "wf_secret"


def test_a_token_is_in_no_repr() -> None:
    assert "wf_secret" not in repr(Profiles(known=(HERE,)))


def test_without_a_profile_a_server_has_to_be_named(folders: Path) -> None:
    with pytest.raises(NoServerKnown):
        chosen(None, None)


def test_an_unknown_profile_is_refused_with_those_there_are(folders: Path) -> None:
    keep(HERE)

    with pytest.raises(ProfileNotFound, match="local"):
        chosen("other", None)


@pytest.mark.parametrize("text", ["[profile", "[profile.x]\nserver = 1\nwhat = 2\n", "\x00"])
def test_a_damaged_file_is_refused_by_name(folders: Path, text: str) -> None:
    profiles_path().parent.mkdir(parents=True)
    profiles_path().write_text(text)

    with pytest.raises(ProfilesDamaged, match=r"profiles\.toml"):
        read_profiles()


def test_what_is_written_is_read_again(folders: Path) -> None:
    profiles = Profiles(
        current="local", known=(HERE, Profile(name="x", server="y", authority="-----BEGIN\n…"))
    )

    write_profiles(profiles)

    assert read_profiles() == profiles
