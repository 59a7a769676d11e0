"""Every secret moves to the new key, whatever happens meanwhile; what does not open is named."""

import os

import pytest
from sqlalchemy import select, text, update

import fleet.tables
from fleet.access.actor import SYSTEM
from fleet.audit.models import AuditEntry
from fleet.database import Base
from fleet.keys.keyring import Keyring
from fleet.keys.sealed import columns_in
from fleet.vault import rekeying, services
from fleet.vault.models import CredentialVersion
from fleet.vault.queries import opened, pin_of
from fleet.vault.rekeying import check_all, remaining, rewrap_all, used_keys
from fleet.vault.tools import Tools
from tests.conftest import ON_POSTGRES

assert fleet.tables


@pytest.fixture
def old():
    return Keyring.of(bytes(32))


@pytest.fixture
def both(old):
    return Keyring.of(*old.keys.values(), os.urandom(32))


@pytest.fixture
def secrets(session, make, old, tools):
    """Give five credentials, sealed with the old key, by their values."""
    mine = Tools(old, tools.settings)
    made = {}
    for number in range(5):
        value = f"40291{number}"
        credential = services.adopt(
            session, mine, pin_of(make.device()), value=value, reason="told", actor=make.actor()
        )
        made[value] = credential.versions[0]
    session.commit()
    return made


def test_every_secret_opens_with_the_new_key_alone(sessions, session, secrets, both):
    list(rewrap_all(sessions, both, actor=SYSTEM))
    session.expire_all()

    new = Keyring.of(both.keys[both.active])
    assert all(opened(new, version) == value for value, version in secrets.items())
    assert remaining(session, both) == 0
    assert used_keys(session) == {both.active: 5}


def test_stopped_in_between_it_goes_on_where_it_was(sessions, session, secrets, both, monkeypatch):
    monkeypatch.setattr(rekeying, "AT_A_TIME", 2)
    first = next(rewrap_all(sessions, both, actor=SYSTEM))

    assert (first.done, remaining(session, both)) == (2, 3)
    session.commit()
    assert [one.done for one in rewrap_all(sessions, both, actor=SYSTEM)] == [2, 3]


@ON_POSTGRES  # on SQLite the batch holds the write lock: nobody seals meanwhile
def test_a_value_that_was_sealed_meanwhile_is_not_overwritten(
    sessions, session, secrets, both, old, monkeypatch
):
    version = secrets["402910"]
    newer = old.seal("999999", context=version.context)
    real = Keyring.rewrap

    def slowly(self, sealed, *, context):
        if context == version.context:
            session.execute(
                update(CredentialVersion)
                .where(CredentialVersion.id == version.id)
                .values(sealed=newer)
            )
            session.commit()
        return real(self, sealed, context=context)

    monkeypatch.setattr(Keyring, "rewrap", slowly)
    list(rewrap_all(sessions, both, actor=SYSTEM))
    session.expire_all()

    assert opened(both, version) == "999999"


def test_what_does_not_open_is_left_as_it_is_and_named(sessions, session, secrets, both, old):
    one, two, three, *_rest = secrets.values()
    stranger = Keyring.of(os.urandom(32)).seal("402917", context=one.context)
    for version, sealed in ((one, stranger), (two, three.sealed), (three, "v1.x.y.z")):
        session.execute(
            update(CredentialVersion)
            .where(CredentialVersion.id == version.id)
            .values(sealed=sealed)
        )
    session.commit()

    last = list(rewrap_all(sessions, both, actor=SYSTEM))[-1]
    found = check_all(session, both)

    assert (last.done, last.shut) == (2, 3)
    assert (found.checked, len(found.shut)) == (5, 3)
    assert any(one.context in line and "key is missing" in line for line in found.shut)
    assert any(two.context in line and "moved" in line for line in found.shut)


@pytest.mark.parametrize("swapped", [("credential_id", "number", "state"), ("number",)])
def test_a_row_that_is_given_anothers_name_does_not_open(session, secrets, old, swapped):
    one, two, *_rest = secrets.values()
    forged = {"credential_id": two.credential_id, "number": 9, "state": "retired"}
    mine = update(CredentialVersion).where(CredentialVersion.id == one.id)

    session.execute(mine.values({name: forged[name] for name in swapped}))

    assert len(check_all(session, old).shut) == 1


def test_it_is_in_the_trail_with_who_sat_at_the_machine(sessions, session, secrets, both):
    list(rewrap_all(sessions, both, actor=SYSTEM.named("root")))

    wrapped = select(AuditEntry).where(AuditEntry.event == "vault.rewrapped")
    [entry] = session.scalars(wrapped)
    assert (entry.on_behalf, entry.details) == ("root", {"versions": 5, "key": both.active})


def test_every_column_of_sealed_text_is_registered(session):
    named = [
        f"{mapper.class_.__tablename__}.{column.key}"
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if column.key == "sealed" or column.key.endswith("_sealed")
    ]

    registered = [f"{one.table.name}.{one.name}" for one in columns_in(session)]
    assert sorted(named) == sorted(registered)


def test_a_database_with_an_unknown_table_is_not_called_well(session, both):
    session.execute(text("CREATE TABLE later_room (id INTEGER, value_sealed TEXT)"))

    with pytest.raises(RuntimeError, match="later_room"):
        check_all(session, both)
    with pytest.raises(RuntimeError, match="later_room"):
        used_keys(session)
