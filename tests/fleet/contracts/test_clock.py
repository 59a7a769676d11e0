"""Days are those of the clock on the wall, not those of UTC."""

from datetime import timedelta

from fleet.contracts.clock import day_of, now, today


def test_a_day_is_that_of_the_wall_where_utc_has_another(another_day):
    assert today() == day_of(now())
    assert abs(today() - now().date()) == timedelta(days=1)
