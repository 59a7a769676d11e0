"""A list that is handed out is told with what was asked of it, and with nobody's number."""

from fleet.audit.exporting import record_list
from fleet.audit.services import recorded
from fleet.contracts.incidents import IncidentQuery


def test_a_number_that_was_looked_for_is_masked(session, make):
    query = IncidentQuery(q="+86 13800002231", limit=7)

    record_list(session, "incidents", query, actor=make.actor())

    [told] = recorded(session)
    assert told.filters == {"q": "+86 138****2231"}
