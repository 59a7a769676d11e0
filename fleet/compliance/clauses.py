"""The clauses of companies' rules for phones and work accounts, and what meets each of them.

Where nothing does yet, that is said; rules that find who does not keep to one name it themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fleet.access.actor import Actor
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.contracts.compliance import ClauseOut, CoverageOut, Met
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, translated


@dataclass(frozen=True)
class Clause:
    """`where`: the modules that meet it."""

    id: str
    demand: str
    met: Met
    where: Sequence[str] = ()


CLAUSES: Final = (
    Clause(
        "A1",
        _("one phone and one work account of a kind for each person"),
        Met.ENFORCED,
        ("fleet.custody.issuing",),
    ),
    Clause(
        "A2",
        _("accounts are allotted centrally, none is registered privately"),
        Met.ENFORCED,
        ("fleet.custody.issuing", "fleet.compliance.rules.work_apps"),
    ),
    Clause(
        "A3",
        _("account data is true, exact and complete"),
        Met.ENFORCED,
        ("fleet.accounts.services", "fleet.naming.judging"),
    ),
    Clause("A4", _("one format of names and avatars"), Met.ENFORCED, ("fleet.naming.judging",)),
    Clause(
        "A5",
        _("authority by duty, granted by a leader"),
        Met.ENFORCED,
        ("fleet.access.granting", "fleet.access.permissions"),
    ),
    Clause(
        "A6",
        _("nothing is lent, rented, transferred or sold"),
        Met.EVIDENCED,
        ("fleet.compliance.rules.cards", "fleet.compliance.drift"),
    ),
    Clause(
        "A7",
        _("nobody changes a password alone: the department head approves"),
        Met.ENFORCED,
        ("fleet.requests.services", "fleet.compliance.drift", "fleet.conduct.services"),
    ),
    Clause(
        "A8",
        _("passwords are secure and changed regularly"),
        Met.ENFORCED,
        ("fleet.policies.services", "fleet.rotation.services"),
    ),
    Clause(
        "A9",
        _("credentials are kept nowhere that is open to others"),
        Met.ENFORCED,
        ("fleet.vault.services", "fleet.vault.disclosing"),
    ),
    Clause(
        "A10",
        _("what is lost, stolen or odd is reported at once, and changed"),
        Met.ENFORCED,
        ("fleet.incidents.services",),
    ),
    Clause(
        "A11",
        _("phone and account come back, their data backed up first"),
        Met.ENFORCED,
        ("fleet.custody.gate", "fleet.cases.opening", "fleet.backups.completeness"),
    ),
    Clause(
        "A12",
        _("returned accounts are deregistered or given on by the company"),
        Met.ENFORCED,
        ("fleet.custody.services",),
    ),
    Clause(
        "A13",
        _("IT manages; rules are revised, announced and dated"),
        Met.REGISTERED,
        ("fleet.policies.services", "fleet.compliance.documents"),
    ),
    Clause(
        "A14",
        _("customers come by official channels and are recorded"),
        Met.REGISTERED,
        ("fleet.accounts.services", "fleet.cases.drafting"),
    ),
    Clause("A15", _("in an emergency people phone first"), Met.TEXT),
    Clause("G1", _("groups are of known kinds"), Met.OPEN),
    Clause("G2", _("an authorised manager creates a group"), Met.OPEN),
    Clause("G3", _("groups have recognisable names"), Met.OPEN),
    Clause("G4", _("a group has an owner who answers for it"), Met.OPEN),
    Clause("G5", _("joining a group is approved"), Met.OPEN),
    Clause("G6", _("real names in groups"), Met.OPEN),
    Clause(
        "G7",
        _("who leaves or moves leaves his groups"),
        Met.REGISTERED,
        ("fleet.cases.drafting",),
    ),
    Clause("G8", _("announcements are published"), Met.OPEN),
    Clause("G9", _("groups are filed upwards"), Met.OPEN),
    Clause("G10", _("one group for a unit, not too many"), Met.OPEN),
    Clause("G11", _("temporary groups are dissolved after their task"), Met.OPEN),
    Clause("G12", _("no private group in the company's name"), Met.OPEN),
    Clause(
        "G13",
        _("partner groups have a theme, and partners rules"),
        Met.REGISTERED,
        ("fleet.people.partners",),
    ),
    Clause("G14", _("messages of leaders are confirmed in time"), Met.TEXT),
    Clause("G15", _("no posting outside of working hours"), Met.TEXT),
    Clause("G16", _("activities of groups are announced"), Met.OPEN),
    Clause("C1", _("forbidden content, apps and acts"), Met.OPEN),
    Clause("C2", _("anybody can report, and is protected"), Met.OPEN),
    Clause("C3", _("measures are graded"), Met.OPEN),
    Clause("C4", _("objections are heard and answered"), Met.OPEN),
    Clause("C5", _("a team supervises"), Met.ENFORCED, ("fleet.access.permissions",)),
    Clause("C6", _("regular and random inspections"), Met.OPEN),
    Clause("C7", _("campaigns with an end and an evaluation"), Met.OPEN),
    Clause(
        "C8",
        _("regular statistics and evaluation"),
        Met.REGISTERED,
        ("fleet.reports.queries", "fleet.compliance.standings"),
    ),
    Clause("C9", _("rules are published, trained and acknowledged"), Met.OPEN),
    Clause("C10", _("conduct in chats is supervised, without reading them"), Met.TEXT),
    Clause(
        "C11",
        _("nobody reads what is others'"),
        Met.ENFORCED,
        ("fleet.openings.services", "fleet.escrow.services"),
    ),
    Clause("C12", _("sensitive matters go through internal channels"), Met.TEXT),
    Clause("C13", _("WeChat does not stand for formal notices"), Met.TEXT),
)


def coverage(*, actor: Actor) -> CoverageOut:
    """Return every clause with what meets it, and the rules that find who does not keep to it."""
    actor.require(Permission.POLICY_READ)
    return CoverageOut(
        clauses=[
            ClauseOut(
                clause=one.id,
                demand=translated(one.demand),
                met=one.met,
                where=list(one.where),
                rules=[rule.id for rule in CATALOGUE.values() if one.id in rule.clauses],
            )
            for one in CLAUSES
        ]
    )
