"""Two at the form of an application at the same moment: it is handed out once, or not at all."""

import pytest
from sqlalchemy import func, select

from fleet.applications.models import Application
from fleet.applications.reserving import reserve
from fleet.applications.services import withdraw
from fleet.contracts.applications import ApplicationState, ReserveIn
from fleet.contracts.papers import PaperRole, PaperState
from fleet.custody.models import Holding
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.papers.models import Paper, Signature
from fleet.papers.signing import sign
from tests.factories import Make
from tests.fleet.custody.test_two_operators import at_once
from tests.fleet.papers.hands import in_person, signed
from tests.fleet.papers.test_issuing import Handing


@pytest.fixture
def own_sessions(engine):
    return make_sessions(engine)


@pytest.fixture
def firm(own_sessions, tools):
    """Give a company whose form waits for both signatures, in rows that others see."""
    with own_sessions() as session:
        firm = Handing(session, tools, Make(session))
        firm.hers = firm.as_(firm.ann)
        firm.other = in_person(firm.liu)
        firm.one, firm.paper = firm.ready()
        session.commit()
        yield firm


def signing(firm, role, actor):
    def verb(session):
        paper = session.get_one(Paper, firm.paper.id)
        sign(session, paper, signed(paper, role), actor=actor)

    return verb


def each(own_sessions, *verbs):
    def run(n):
        with own_sessions.begin() as session:
            verbs[n](session)

    return at_once(run, len(verbs))


def stands(own_sessions, firm):
    """Return how the application and its form stand, and how many holdings and signatures are."""
    with own_sessions() as session:
        one = session.get_one(Application, firm.one.id)
        paper = session.get_one(Paper, firm.paper.id)
        return one.state, paper.state, count(session, Holding), count(session, Signature)


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def test_signed_twice_at_once_it_is_handed_out_once(own_sessions, firm):
    firm.holder_signs(firm.paper)
    firm.session.commit()
    handler = signing(firm, PaperRole.HANDLER, firm.liu)

    refused = each(own_sessions, handler, handler)

    assert len(refused) == 1
    assert refused[0].code in {"role_signed", "role_signed_meanwhile", ChangedMeanwhile.code}
    assert stands(own_sessions, firm) == (ApplicationState.ISSUED, PaperState.VALID, 1, 2)


def test_signed_and_withdrawn_at_once_one_of_them_is_so(own_sessions, firm):
    firm.holder_signs(firm.paper)
    firm.session.commit()

    def withdrawing(session):
        one = session.get_one(Application, firm.one.id)
        withdraw(session, one, note="not needed", actor=firm.hers)

    refused = each(own_sessions, signing(firm, PaperRole.HANDLER, firm.liu), withdrawing)

    assert len(refused) <= 1
    assert stands(own_sessions, firm) in {
        (ApplicationState.ISSUED, PaperState.VALID, 1, 2),
        (ApplicationState.WITHDRAWN, PaperState.VOID, 0, 1),
    }


def test_signed_and_reserved_anew_at_once_nothing_is_signed_that_is_not_set_aside(
    own_sessions, firm
):
    def reserving(session):
        reserve(session, session.get_one(Application, firm.one.id), ReserveIn(), actor=firm.liu)

    refused = each(own_sessions, signing(firm, PaperRole.HOLDER, firm.hers), reserving)

    assert len(refused) <= 1
    state, paper, holdings, _signatures = stands(own_sessions, firm)
    assert (state, paper) in {
        (ApplicationState.RESERVED, PaperState.VOID),
        (ApplicationState.SIGNED, PaperState.VALID),
    }
    assert holdings == 0
