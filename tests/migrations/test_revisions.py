"""Any version of the database can be brought to any other, and the newest fits the models."""

import json

import sqlalchemy as sa

import migrations
from fleet.database import make_engine
from fleet.tables import metadata


def table_names(url: str) -> set[str]:
    engine = make_engine(url)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names - {"alembic_version"}


def test_the_newest_revision_fits_the_models(url: str):
    assert migrations.differences(url) == []


def test_a_difference_is_found(url: str):
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sim DROP COLUMN plan")
    engine.dispose()

    assert "plan" in "".join(migrations.differences(url))


def test_the_newest_revision_can_be_undone_and_redone(url: str):
    before = table_names(url)

    migrations.downgrade(url)
    assert migrations.differences(url) != []

    migrations.upgrade(url)
    assert migrations.differences(url) == []
    assert table_names(url) == before
    assert migrations.current(url) == migrations.newest()


def test_every_revision_can_be_undone_and_redone(url: str):
    before = table_names(url)

    migrations.downgrade(url, "base")
    assert (table_names(url), migrations.current(url)) == (set(), None)

    migrations.upgrade(url)
    assert table_names(url) == before
    assert migrations.differences(url) == []


def test_an_upgrade_of_the_newest_changes_nothing(url: str):
    migrations.upgrade(url)

    assert migrations.current(url) == migrations.newest()


def test_an_upgrade_that_fails_leaves_the_version_before(empty_url: str):
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE sim (id INTEGER)")  # in the way of a revision

    try:
        migrations.upgrade(empty_url)
    except sa.exc.DBAPIError:
        failed = True
    else:
        failed = False
    engine.dispose()

    assert failed
    assert migrations.current(empty_url) is None
    assert table_names(empty_url) == {"sim"}


def test_checks_and_indexes_are_those_of_the_models(url: str, empty_url: str):
    """What `differences` does not look at: checks, and the condition of a partial index."""
    engine = make_engine(empty_url)
    metadata.create_all(engine)
    engine.dispose()

    assert guards(url) == guards(empty_url)


def guards(url: str) -> dict[str, set[str]]:
    engine = make_engine(url)
    looked = sa.inspect(engine)
    found = {}
    for table in sorted(table_names(url)):
        items = [
            *looked.get_check_constraints(table),
            *looked.get_indexes(table),
        ]
        found[table] = {json.dumps(item, default=str, sort_keys=True) for item in items}
    engine.dispose()
    return found
