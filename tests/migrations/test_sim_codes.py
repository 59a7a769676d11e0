"""The revision that made room for codes of SIMs, there and back with rows in the tables."""

import sqlalchemy as sa

import migrations
from fleet.contracts.credentials import CredentialKind
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.vault import services as vault
from fleet.vault.queries import code_of, pin_of
from fleet.vault.tools import Tools
from tests.factories import Make


def fill(url: str, tools: Tools) -> None:
    """Store a PIN of a phone and a PUK of a SIM."""
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        make = Make(session)
        given = {"reason": "told", "actor": make.actor()}
        vault.adopt(session, tools, pin_of(make.device()), value="735184", **given)
        subject = code_of(make.sim(), CredentialKind.SIM_PUK)
        vault.adopt(session, tools, subject, value="12345678", **given)
    engine.dispose()


def kinds(url: str) -> list[str]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT kind FROM credential ORDER BY kind"))
        names = [kind for (kind,) in found]
        versions = connection.execute(sa.text("SELECT count(*) FROM credential_version")).scalar()
    engine.dispose()
    assert versions == len(names)
    return names


def test_going_back_keeps_what_the_version_before_has_room_for(url: str, tmp_path):
    fill(url, Tools(Keyring.of(bytes(32)), Settings(home=tmp_path)))
    assert kinds(url) == ["device_pin", "sim_puk"]

    migrations.downgrade(url, "disclosure")
    assert kinds(url) == ["device_pin"]

    migrations.upgrade(url)
    assert kinds(url) == ["device_pin"]
    assert migrations.differences(url) == []
