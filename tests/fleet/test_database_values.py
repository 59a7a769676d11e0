"""What no column holds is one error on both databases, whatever the driver says of it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError


@pytest.mark.parametrize("value", [2**63, 10**30, "\ud800"], ids=repr)
def test_a_value_that_cannot_be_sent_or_held_is_a_data_error(engine, value):
    kind = "bigint" if isinstance(value, int) else "text"
    asked = text(f"SELECT CAST(:value AS {kind})")

    with engine.connect() as connection, pytest.raises(DataError):
        connection.execute(asked, {"value": value})
