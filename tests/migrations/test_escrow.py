"""The revision that notes with each pack to which keys it is sealed, over packs that are there."""

import sqlalchemy as sa

import migrations
from fleet.backups.models import BackupPack
from fleet.backups.services import plan_backup
from fleet.contracts.clock import now
from fleet.contracts.escrow import sealed_to
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.vault.tools import Tools
from tests.factories import Make

TO = ("age1one", "age1two")


def fill(url: str, tools: Tools) -> None:
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        make = Make(session)
        backup = plan_backup(session, tools, make.device(), reason="a", actor=make.actor())
        told = {"size": 1, "stored_at": now(), "sealed_to": "not yet known"}
        backup.packs = [BackupPack(number=1, digest="a" * 64, **told)]
    engine.dispose()


def test_packs_of_before_are_known_to_be_sealed_to_all_recipients_of_their_backup(url, tmp_path):
    fill(url, Tools(Keyring.of(bytes(32)), Settings(home=tmp_path, recipients=TO)))

    migrations.downgrade(url, "playbooks")
    migrations.upgrade(url)

    engine = make_engine(url)
    with engine.connect() as connection:
        [found] = connection.execute(sa.text("SELECT sealed_to FROM backup_pack")).scalars()
    engine.dispose()
    assert found == sealed_to(TO)
    assert migrations.differences(url) == []
