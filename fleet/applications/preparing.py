"""What is to be done before something is handed out, read from the proofs each time it is asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.opening import key_of
from fleet.applications import events
from fleet.applications.errors import NothingReserved, NotPrepared
from fleet.applications.lifecycle import SET_ASIDE
from fleet.applications.models import Application
from fleet.applications.services import held_still
from fleet.audit.services import record
from fleet.compliance.judging import PHONES, seen_in
from fleet.compliance.ledger import ledgers
from fleet.compliance.models import Finding
from fleet.compliance.queries import COUNTS
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.compliance.rules.rule import Phone
from fleet.compliance.terms import policies as compliance_policies
from fleet.contracts.applications import PreparationOut, PreparationStepOut, Preparing
from fleet.contracts.clock import now
from fleet.contracts.compliance import Ruling
from fleet.contracts.facts import App
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn
from fleet.contracts.words import _, say
from fleet.database import write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.plans.queries import taken_of
from fleet.remedies import services as remedies
from fleet.rotation.queries import live_rotation
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import known_credential, pin_of
from fleet.vault.tools import Tools

FORBIDS: Final = (Severity.HIGH, Severity.CRITICAL)
OF_APPS: Final = (
    *(Rule.WECHAT_MISSING, Rule.WECHAT_OFF, Rule.WECHAT_OLD, Rule.WECHAT_RESIGNED),
    *(Rule.WECOM_MISSING, Rule.WECOM_OFF, Rule.WECOM_OLD, Rule.WECOM_RESIGNED),
    Rule.APP_OLD,
)
OLD: Final = {Rule.WECHAT_OLD, Rule.WECOM_OLD, Rule.APP_OLD}


@dataclass(frozen=True)
class Scene:
    """A phone that is prepared for somebody, by the terms of where he works."""

    session: Session
    device: Device
    phone: Phone


def scene_of(session: Session, device: Device, application: Application) -> Scene:
    """Return a phone as the rules will see it once it is handed out."""
    [seen] = seen_in(session, PHONES.where(Device.id == device.id))
    moment = now()
    terms = compliance_policies(session).terms(application.holder.department_id, moment)
    wanted = application.wanted.account
    as_issued = replace(
        ledgers(session, [seen])[device.id],
        state=State.ISSUED,
        accounts={wanted: 1} if wanted else {},
    )
    return Scene(session, device, Phone(seen.facts, as_issued, terms, moment))


def preparation(session: Session, application: Application, *, actor: Actor) -> PreparationOut:
    """Return each step as it stands now."""
    actor.reach(Permission.APPLICATIONS_READ)
    return _shown(application, steps_of(session, application))


def steps_of(session: Session, application: Application) -> list[PreparationStepOut]:
    found: list[PreparationStepOut] = []
    for one in application.set_aside:
        if one.device is not None:
            scene = scene_of(session, one.device, application)
            found += [look(scene) for look in LOOKS]
        elif one.account is not None:
            found.append(_password(session, one.account))
    return found


def _shown(
    application: Application, steps: list[PreparationStepOut], planned: list[str] | None = None
) -> PreparationOut:
    phones = [one.name for one in application.set_aside if one.device is not None]
    done = bool(application.set_aside) and all(step.ok for step in steps)
    return PreparationOut(
        number=application.number,
        device=phones[0] if phones else None,
        ready=done or application.unprepared is not None,
        steps=steps,
        unprepared=application.unprepared,
        planned=planned or [],
    )


def require_prepared(session: Session, application: Application) -> None:
    if application.unprepared is not None:
        return
    still_open = [step for step in steps_of(session, application) if not step.ok]
    if still_open:
        raise NotPrepared(
            application=application.number,
            count=len(still_open),
            steps=[
                {"step": one.step.value, "sentence": one.sentence, "advice": one.advice}
                for one in still_open
            ],
        )


def prepare(
    session: Session, tools: Tools, application: Application, *, actor: Actor
) -> PreparationOut:
    """Have stations do what is open and can be done by them; asked again, nothing is done twice."""
    actor.require(Permission.CUSTODY_ISSUE)
    application = held_still(session, application)
    _require_set_aside(application)
    planned: list[str] = []
    for one in application.set_aside:
        if one.device is not None:
            scene = scene_of(session, one.device, application)
            planned += _plan_pin(session, tools, scene, actor)
            planned += _plan_apps(session, scene, actor)
    if planned:
        event = events.PreparationPlanned(**application.about, planned=planned)
        record(session, actor, event)
    write(session)
    return _shown(application, steps_of(session, application), planned)


def waive(session: Session, application: Application, *, reason: str, actor: Actor) -> None:
    """Let something be handed out although not everything is prepared, for a reason on record."""
    actor.require(Permission.CUSTODY_WAIVE)
    application = held_still(session, application)
    _require_set_aside(application)
    application.unprepared = reason
    record(session, actor, events.PreparationWaived(**application.about, reason=reason))
    write(session)


def _require_set_aside(application: Application) -> None:
    if application.state not in SET_ASIDE:
        raise NothingReserved(application=application.number, state=application.state.value)


def _plan_pin(session: Session, tools: Tools, scene: Scene, actor: Actor) -> list[str]:
    step = _pin(scene)
    if step.ok or step.under_way:
        return []
    plan_rotation(session, tools, scene.device, reason="issue", actor=actor)
    return [say(_("{tag}: its PIN is set"), tag=scene.device.tag)]


def _plan_apps(session: Session, scene: Scene, actor: Actor) -> list[str]:
    """Plan an update from a file of the company's where there is one; a person does the rest."""
    planned = []
    for package in _old_ones(scene):
        wanted = RemedyPlanIn(
            devices=[scene.device.tag], action=RemedyAction.UPDATE_APP, package=package
        )
        try:
            remedies.plan(session, wanted, actor=actor)
        except FleetError:
            continue  # the step says what a person does instead
        planned.append(say(_("{tag}: {package} is updated"), tag=scene.device.tag, package=package))
    return planned


def _old_ones(scene: Scene) -> Iterator[str]:
    for rule in OLD:
        verdict = CATALOGUE[rule].judge(scene.phone)
        if verdict.outcome is Ruling.BROKEN:
            yield from CATALOGUE[rule].concerned(verdict.seen)


def _seen(scene: Scene) -> PreparationStepOut:
    device, days = scene.device, scene.phone.terms.silent_days
    since = scene.phone.at - timedelta(days=days)
    advice = say(_("Plug it in at a station."))
    if device.last_seen_at is None or device.last_seen_at < since:
        sentence = say(_("No station has seen {tag} in {days} days."), tag=device.tag, days=days)
        return _step(Preparing.SEEN, Level.NONE, sentence, advice)
    when = f"{device.last_seen_at.astimezone():%Y-%m-%d %H:%M}"
    sentence = say(_("{tag} was seen at {when}."), tag=device.tag, when=when)
    return _step(Preparing.SEEN, Level.OBSERVED, sentence)


def _findings(scene: Scene) -> PreparationStepOut:
    mine = Finding.device_id == scene.device.id, COUNTS, Finding.severity.in_(FORBIDS)
    numbers = scene.session.scalars(select(Finding.number).where(*mine).order_by(Finding.number))
    found = list(numbers)
    if not found:
        return _step(Preparing.FINDINGS, Level.OBSERVED, say(_("Nothing forbids its issue.")))
    sentence = say(_("What is open forbids its issue: {findings}"), findings=", ".join(found))
    advice = say(_("See what helps: `workfleet finding show {finding}`."), finding=found[0])
    return _step(Preparing.FINDINGS, Level.NONE, sentence, advice)


def _pin(scene: Scene) -> PreparationStepOut:
    """A build where no wrong value may be tried shows no more than `verified`."""
    tag = scene.device.tag
    credential = known_credential(scene.session, pin_of(scene.device))
    if credential is not None and live_rotation(scene.session, credential) is not None:
        sentence = say(_("A station sets the PIN of {tag}."), tag=tag)
        advice = say(_("Leave {tag} plugged in at a station."), tag=tag)
        return _step(Preparing.PIN, Level.NONE, sentence, advice, under_way=True)
    level = credential.level if credential and credential.active else Level.NONE
    if not level.at_least(Level.VERIFIED):
        sentence = say(_("No PIN of {tag} is known to be set."), tag=tag)
        advice = say(_("Have it set at a station: `workfleet rotate {tag}`."), tag=tag)
        return _step(Preparing.PIN, Level.NONE, sentence, advice)
    return _step(Preparing.PIN, level, say(_("The PIN of {tag} is set and kept."), tag=tag))


def _apps(scene: Scene) -> PreparationStepOut:
    wrong = [_told(scene, package) for package in _missing(scene)]
    for rule in OF_APPS:
        verdict = CATALOGUE[rule].judge(scene.phone)
        if verdict.outcome is Ruling.BROKEN:
            wrong.append(CATALOGUE[rule].said(scene.device.tag, verdict.seen))
    if not scene.phone.apps:
        wrong.append(say(_("It is not known which apps are on {tag}."), tag=scene.device.tag))
    if wrong:
        advice = say(_("Install or update them at a station, then plug it in again."))
        return _step(Preparing.APPS, Level.NONE, " ".join(dict.fromkeys(wrong)), advice)
    return _step(Preparing.APPS, Level.OBSERVED, say(_("The apps for work are there.")))


def _missing(scene: Scene) -> list[str]:
    """Return what the terms require and is not there; WeChat and WeCom have rules of their own."""
    ruled = {CATALOGUE[rule].package for rule in OF_APPS}
    named = (package for package in scene.phone.terms.required if package not in ruled)
    return [package for package in named if not _usable(scene.phone.apps.get(package))]


def _usable(app: App | None) -> bool:
    return app is not None and app.enabled is not False


def _told(scene: Scene, package: str) -> str:
    return say(_("{package} is not on {tag}."), package=package, tag=scene.device.tag)


def _plan(scene: Scene) -> PreparationStepOut:
    taken = taken_of(scene.session, scene.device)
    if not taken.sources:
        sentence = say(_("No plan says what backups take of {tag}."), tag=scene.device.tag)
        advice = say(_("See `workfleet plan dry-run {tag}`."), tag=scene.device.tag)
        return _step(Preparing.PLAN, Level.NONE, sentence, advice)
    names = ", ".join(one.name for one in taken.plans)
    return _step(Preparing.PLAN, Level.DECLARED, say(_("Backups go by: {plans}"), plans=names))


LOOKS: Final[tuple[Callable[[Scene], PreparationStepOut], ...]] = (
    _seen,
    _findings,
    _pin,
    _apps,
    _plan,
)


def _password(session: Session, account: Account) -> PreparationStepOut:
    credential = known_credential(session, key_of(account))
    level = credential.level if credential and credential.active else Level.NONE
    if level.at_least(Level.OBSERVED):
        sentence = say(_("What opens {handle} was changed."), handle=account.handle)
        return _step(Preparing.ACCOUNT, level, sentence)
    return _step(
        Preparing.ACCOUNT,
        Level.NONE,
        say(_("What opens {handle} may be known to others."), handle=account.handle),
        say(_("Change it at a station: `workfleet rotate {handle}`."), handle=account.handle),
    )


def _step(
    step: Preparing, level: Level, sentence: str, advice: str = "", *, under_way: bool = False
) -> PreparationStepOut:
    return PreparationStepOut(
        step=step,
        ok=not advice,
        level=level,
        sentence=sentence,
        advice=advice,
        under_way=under_way,
    )
