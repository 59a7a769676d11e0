"""The page of permissions is the code's, and every verb asks first what it needs."""

import inspect
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest

from api.permissions_page import page, reach_of, verbs
from fleet.access.actor import Actor, HeldRole
from fleet.access.errors import NotAllowed
from fleet.access.permissions import GRANTS
from fleet.contracts.access import Role

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"

# Verbs that are told who acts and ask nothing themselves, and why that is right.
ONES_OWN = "one's own"
STEP = "a step of a verb that has asked"
REPORTED = "by what a station reported, asked by stations.sync"
QUESTION = "a question itself"
ASK_NOTHING = {
    "access.queries.is_break_glass_user": QUESTION,
    "access.second_factor.confirm": ONES_OWN,
    "access.second_factor.new_recovery_codes": ONES_OWN,
    "access.services.change_password": ONES_OWN,
    "access.services.refuse_standing_in": QUESTION,
    "access.services.require_signed_in": QUESTION,
    "access.services.shut_out_leaver": STEP,
    "access.signing_in.done_first": ONES_OWN,
    "access.signing_in.sign_out": ONES_OWN,
    "access.tokens.revoke_sessions": "one's own, or sessions:read, sessions:revoke",
    "access.second_factor.remove": "one's own, or users:write",
    "access.tokens.make_token": "one's own, or tokens:write",
    "access.tokens.tokens_of": "one's own, or sessions:read",
    "access.tokens.revoke_token": "one's own, or sessions:revoke, tokens:write",
    "applications.handing.hand_over": STEP,
    "applications.handing.note_signed": STEP,
    "applications.on_form.give_form": STEP,
    "applications.on_form.issue_by_form": STEP,
    "applications.on_form.sign_on_form": STEP,
    "applications.on_form.take_form": STEP,
    "applications.queries.seen": QUESTION,
    "applications.releasing.note_moved": STEP,
    "applications.releasing.release": STEP,
    "applications.reserving.foresee": STEP,
    "audit.exporting.record_list": STEP,
    "audit.checkpoints.begin_pruning": "plan_pruning asks first",
    "audit.services.record": "writes down what a verb did",
    "backups.outcomes.give_up": REPORTED,
    "backups.outcomes.settle": REPORTED,
    "bin.services.new_entry": STEP,
    "builds.services.note_visit": REPORTED,
    "cases.beginnings.handing_on": STEP,
    "cases.beginnings.leaving": STEP,
    "cases.beginnings.swap": STEP,
    "cases.beginnings.taken_back": STEP,
    "cases.beginnings.transfer": STEP,
    "cases.carrying.carry_on": STEP,
    "cases.carrying.note_issued": STEP,
    "cases.carrying.note_returned": STEP,
    "cases.queries.history": "case_within asks first",
    "cases.services.note_loss": STEP,
    "cases.signed.note_lapsed": STEP,
    "cases.signed.note_signed": STEP,
    "cases.signed.note_signed_before": STEP,
    "cases.tasks.tasks": ONES_OWN,
    "cases.tasks.today": ONES_OWN,
    "compliance.drift.give_up": REPORTED,
    "compliance.drift.note_rotation": STEP,
    "compliance.drift.settle": REPORTED,
    "compliance.drift.settle_rotation": REPORTED,
    "compliance.queries.visible": QUESTION,
    "compliance.findings.close": STEP,
    "compliance.findings.close_drift": STEP,
    "compliance.findings.reopen": STEP,
    "compliance.findings.open_finding": STEP,
    "custody.acceptance.end_what_waits": STEP,
    "custody.emptiness.restock": STEP,
    "custody.issuing.say_it_is_out": STEP,
    "custody.numbers.require_fit": QUESTION,
    "custody.queries.require_within": QUESTION,
    "custody.register.account_within": "require_within asks",
    "custody.register.device_within": "require_within asks",
    "custody.register.shown_device": "device_within asks",
    "custody.register.sim_within": "require_within asks",
    "custody.services.add_declaration": STEP,
    "custody.services.close": STEP,
    "custody.services.take_back_account": STEP,
    "custody.wiping.give_up": REPORTED,
    "custody.wiping.settle": REPORTED,
    "devices.noting.store": STEP,
    "finder.queries.search": "each kind asks what its list asks",
    "incidents.measures.finish": STEP,
    "incidents.measures.note_account_moved": STEP,
    "incidents.measures.note_device_moved": STEP,
    "incidents.measures.note_rotation": STEP,
    "incidents.measures.note_sim_moved": STEP,
    "incidents.planning.require_all_within": QUESTION,
    "incidents.planning.worked_out": STEP,
    "incidents.queries.shown_plan": STEP,
    "keeping.drills.cancel_drills": STEP,
    "keeping.faults.end_fault": STEP,
    "keeping.faults.judge_anew": STEP,
    "keeping.faults.mark_damaged": STEP,
    "keeping.faults.note_wrong": STEP,
    "naming.judging.end": STEP,
    "naming.judging.judge": STEP,
    "naming.judging.note_named": STEP,
    "naming.judging.warnings_of_issue": STEP,
    "papers.forms.application_form.draw": STEP,
    "papers.issuing.note_signed": STEP,
    "papers.issuing.void_form": STEP,
    "papers.standing.mark_void": STEP,
    "papers.standing.say_it_counts_no_more": STEP,
    "people.services.finish_leaving": STEP,
    "registers.exporting.exported": "reads what the register of its kind reads",
    "registers.exporting.record_export": "reads what the register of its kind reads",
    "registers.importing.import_register": "writes what the register of its kind writes",
    "registers.importing.planned": "writes what the register of its kind writes",
    "registers.waiting.keep": "writes what the register of its kind writes",
    "registers.waiting.waiting": "writes what the register of its kind writes",
    "remedies.outcomes.give_up": REPORTED,
    "remedies.outcomes.settle": REPORTED,
    "remedies.services.end": STEP,
    "requests.ending.cancel": STEP,
    "requests.ending.close_of_leavers": STEP,
    "requests.ending.note_adopted": STEP,
    "requests.ending.note_return_begun": STEP,
    "requests.ending.note_returned": STEP,
    "requests.ending.note_rotation": STEP,
    "requests.handing.note_issued": STEP,
    "requests.queries.seen": QUESTION,
    "requests.queries.thing_named": "device_within, account_within or sim_within ask",
    "requests.routing.decides": QUESTION,
    "requests.routing.delegation_to": QUESTION,
    "requests.routing.waiting_for": QUESTION,
    "requests.making.add_hand_over": STEP,
    "requests.making.begun": STEP,
    "rotation.binding.end_if_whole": STEP,
    "rotation.binding.take_up": STEP,
    "rotation.guided.give_up": REPORTED,
    "rotation.guided.settle": REPORTED,
    "rotation.outcomes.give_up": REPORTED,
    "rotation.outcomes.settle": REPORTED,
    "rotation.outcomes.settle_pin": REPORTED,
    "rotation.services.begin": STEP,
    "rotation.services.end": STEP,
    "rotation.services.plan_visit": STEP,
    "rotation.triggers.make_due": STEP,
    "rotation.triggers.note_loss": STEP,
    "stations.handlers.handle_visits": REPORTED,
    "stations.handlers.handle": REPORTED,
    "stations.jobs.add_job": STEP,
    "stations.jobs.adopt_job": STEP,
    "stations.jobs.end_job": STEP,
    "stations.jobs.finish_early": STEP,
    "stations.jobs.plan_job": STEP,
    "stations.leases.hold_whole": REPORTED,
    "stations.leases.lend": REPORTED,
    "stations.offline.adopt": REPORTED,
    "stations.outbox.take_reports": REPORTED,
    "papers.forms.issue_form.draw": STEP,
    "papers.forms.password_log.draw": STEP,
    "papers.forms.pledge.draw": STEP,
    "papers.forms.return_slip.draw": STEP,
    "papers.forms.stocktake_sheet.draw": STEP,
    "papers.hand_overs.note_lapsed": STEP,
    "papers.hand_overs.note_signed": STEP,
    "papers.signing.may_sign": QUESTION,
    "stations.probing.plan_probe": STEP,
    "stations.probing.plan_probes": STEP,
    "stocktakes.tasks.tasks": "gives what the actor may do",
    "vault.services.clear": STEP,
    "vault.services.confirm": STEP,
    "vault.services.doubt": STEP,
    "vault.services.draw": STEP,
    "vault.services.keep_doubtful": STEP,
    "vault.services.needs_approval": QUESTION,
    "vault.services.promote": STEP,
    "vault.services.propose": STEP,
    "vault.services.reject": STEP,
    "vault.services.retry": STEP,
    "vault.services.reveal": STEP,
    "vault.services.take_up": STEP,
    "views.queries.view": "one's own, or shared",
    "views.queries.views": "one's own, or shared",
    "views.queries.shown": STEP,
    "views.services.remove_view": ONES_OWN,
    "views.services.save_view": ONES_OWN,
    "views.services.share_view": ONES_OWN,
}


def walked():
    return [asked for asked in verbs() if asked.permission is not None]


def test_the_page_says_what_the_code_does():
    assert PAGE.read_text("utf-8") == page(), "python -m api.permissions_page > docs/permissions.md"


class Untouchable:
    """Stands for everything a verb is given: whoever looks at it has gone too far."""

    def __getattr__(self, name):
        raise WentOnError(name)


class WentOnError(Exception):
    """The verb went past its question."""


@pytest.mark.parametrize("asked", walked(), ids=lambda asked: asked.name)
def test_a_verb_asks_before_it_does_anything(asked, subtests):
    module, _dot, name = asked.name.rpartition(".")
    verb = getattr(import_module(f"fleet.{module}"), name)
    for role in GRANTS:
        held = HeldRole(role, uuid4() if role == Role.MANAGER else None)
        actor = Actor(uuid4(), "A", (held,), employee_id=uuid4())
        with subtests.test(role=role):
            assert _is_refused(verb, actor) is (reach_of(role, asked) == "")


def _is_refused(verb, actor) -> bool:
    given = {
        name: Untouchable()
        for name, parameter in inspect.signature(verb).parameters.items()
        if parameter.default is parameter.empty and name != "actor"
    }
    try:
        result = verb(**given, actor=actor)
        if inspect.isgenerator(result):
            next(result)
    except NotAllowed:
        return True
    except Exception:  # noqa: BLE001 — it went past its question, which is all that is asked here
        return False
    return False


def test_what_asks_nothing_is_named_with_the_reason():
    silent = {asked.name for asked in verbs() if asked.permission is None}

    assert silent - ASK_NOTHING.keys() == set()
    assert ASK_NOTHING.keys() - silent == set()
