"""Whatever refers to a record has a word that people know it by."""

from fleet.bin.kinds import KINDS
from fleet.bin.rows import references, table_of
from fleet.contracts.bin import TABLES


def test_what_keeps_a_record_from_being_deleted_has_a_name():
    named = set()
    for kept in KINDS.values():
        table = table_of(kept.model.__tablename__)
        named |= {column.table.name for column in references(table, kept.derived)}

    assert named - TABLES.keys() == set()
