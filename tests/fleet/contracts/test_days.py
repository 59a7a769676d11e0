"""A day is what people write: seconds since 1970 are none, though a library takes them for one."""

from datetime import date

import pytest
from pydantic import ValidationError

from fleet.contracts.cases import AccountOnQuery, CapacityQuery, LeavingIn


@pytest.mark.parametrize("number", [0, 0.0, "0", "0.0", "86400", " -86400 ", 1e9])
def test_a_number_is_no_day(number: object) -> None:
    for kind, given in (
        (AccountOnQuery, {"on": number}),
        (CapacityQuery, {"until": number}),
        (LeavingIn, {"employee": "E1", "by": number}),
    ):
        with pytest.raises(ValidationError, match="a number and no day"):
            kind.model_validate(given)


def test_a_day_as_it_is_written_is_one() -> None:
    assert AccountOnQuery.model_validate({"on": "2026-12-31"}).on == date(2026, 12, 31)
    assert AccountOnQuery.model_validate({"on": date(2026, 12, 31)}).on == date(2026, 12, 31)
    assert AccountOnQuery.model_validate({}).on is None
