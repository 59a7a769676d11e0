"""Two reports of the same thing at the same moment are one incident."""

import threading

from sqlalchemy import select

from fleet.access.actor import SYSTEM
from fleet.accounts.models import Account
from fleet.contracts.incidents import IncidentKind
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.incidents.models import Incident
from fleet.incidents.services import report
from tests.factories import Make

LEAKED = IncidentKind.PASSWORD_LEAKED


def test_two_reports_at_once_are_one_incident(engine, tools):
    sessions, became, gate = make_sessions(engine), [], threading.Barrier(2)
    with sessions.begin() as session:
        account = Make(session).account().id

    def tell() -> None:
        gate.wait(timeout=60)
        try:
            with sessions.begin() as session:
                thing = session.get_one(Account, account)
                became.append(report(session, tools, LEAKED, [thing], actor=SYSTEM)[1])
        except ChangedMeanwhile:
            became.append(None)

    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    with sessions() as session:
        assert len(session.scalars(select(Incident)).all()) == 1
    assert sorted(became, key=str) == [False, True]
