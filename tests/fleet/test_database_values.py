"""What no column holds is one error on both databases, whatever the driver says of it."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DataError

from fleet.errors import FleetError
from fleet.people.models import Department


@pytest.mark.parametrize("value", [2**63, 10**30, "\ud800"], ids=repr)
def test_a_value_that_cannot_be_sent_or_held_is_a_data_error(engine, value):
    kind = "bigint" if isinstance(value, int) else "text"
    asked = text(f"SELECT CAST(:value AS {kind})")

    with engine.connect() as connection, pytest.raises(DataError):
        connection.execute(asked, {"value": value})


def test_what_somebody_entered_first_is_refused_by_the_question_that_meets_it(session, make):
    make.department(code="SALES")
    session.flush()
    session.add(Department(code="SALES", name="Sales"))

    with pytest.raises(FleetError):
        session.scalars(select(Department)).all()
