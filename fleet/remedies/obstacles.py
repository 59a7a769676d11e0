"""What is in the way of doing something on a phone: asked before it is planned, and as it is lent.

Whatever the phone itself refuses is for the phone to say.
"""

from collections.abc import Callable, Sequence
from typing import Final

from fleet.compliance.rules.rule import OURS
from fleet.compliance.rules.work_apps import allowed_signers, older_than
from fleet.contracts.compliance import Ruling
from fleet.contracts.facts import App
from fleet.contracts.remedies import OF_APPS, RemedyAction
from fleet.devices.lifecycle import State
from fleet.errors import FleetError
from fleet.remedies.errors import (
    ApkNoNewer,
    ApkOfAnother,
    ApkSignedOtherwise,
    ApkSignerUnknown,
    ApkStillTooOld,
    AppInCharge,
    AppIsRequired,
    AppNotThere,
    AppOffAlready,
    AppOfTheMaker,
    FindingIsWaived,
    KeptAsEvidence,
    NoApkOf,
    OnlyAnUndo,
    PackageNotNamed,
    PhoneNeverSeen,
    PhoneNotOurs,
    RemedyUnderWay,
    ReturnGoesFirst,
)
from fleet.remedies.scene import OWNER, Scene, Step

TAKES_AWAY: Final = frozenset({RemedyAction.DISABLE_APP, RemedyAction.REMOVE_APP})
CHANGES_DATA: Final = frozenset({RemedyAction.REMOVE_APP, RemedyAction.UPDATE_APP})
NEED_THE_APP: Final = TAKES_AWAY | {RemedyAction.UPDATE_APP}

Asks = Callable[[Scene, Step], None]


def _ours(_scene: Scene, step: Step) -> None:
    if step.device.state not in OURS:
        raise PhoneNotOurs(tag=step.device.tag, state=step.device.state.value)


def _evidence(scene: Scene, step: Step) -> None:
    kept = scene.kept.get(step.device.id)
    if kept is not None and step.action in CHANGES_DATA:
        raise KeptAsEvidence(tag=step.device.tag, number=kept)


def _returning(_scene: Scene, step: Step) -> None:
    if step.action is RemedyAction.REMOVE_APP and step.device.state is State.RETURNING:
        raise ReturnGoesFirst(tag=step.device.tag)


def _waived(_scene: Scene, step: Step) -> None:
    finding = step.finding
    if finding is not None and finding.waived_by is not None:
        raise FindingIsWaived(number=finding.number, by=finding.waived_by)


def _under_way(scene: Scene, step: Step) -> None:
    number = scene.live.get((step.device.id, step.target))
    if number is not None:
        raise RemedyUnderWay(tag=step.device.tag, number=number)


def _named(_scene: Scene, step: Step) -> None:
    if step.action in OF_APPS and step.package is None:
        raise PackageNotNamed(action=step.action.value)


def _no_undo(_scene: Scene, step: Step) -> None:
    if step.action is RemedyAction.OPEN_WIRELESS:
        raise OnlyAnUndo(action=step.action.value)


def _seen(scene: Scene, step: Step) -> None:
    if step.device.id not in scene.facts:
        raise PhoneNeverSeen(tag=step.device.tag)


def _there(scene: Scene, step: Step) -> None:
    if step.action not in NEED_THE_APP:
        return
    app = scene.app(step)
    if app is None or (app.users and step.user not in app.users):
        raise AppNotThere(tag=step.device.tag, package=step.package or "")


def _on(scene: Scene, step: Step) -> None:
    app = scene.app(step)
    if step.action is RemedyAction.DISABLE_APP and app and is_off(app, step.user):
        raise AppOffAlready(tag=step.device.tag, package=app.package)


def _required(scene: Scene, step: Step) -> None:
    taken = step.action in TAKES_AWAY and step.user == OWNER
    if taken and step.package in scene.terms(step.device).required:
        raise AppIsRequired(tag=step.device.tag, package=step.package or "")


def _makers(scene: Scene, step: Step) -> None:
    app = scene.app(step)
    forbidden = scene.terms(step.device).forbidden
    if step.action in TAKES_AWAY and app and app.system and app.package not in forbidden:
        raise AppOfTheMaker(tag=step.device.tag, package=app.package)


def _in_charge(scene: Scene, step: Step) -> None:
    """A phone without its keyboard, or whose administrator was half removed, is of little use."""
    if step.action in TAKES_AWAY and step.package in scene.in_charge(step.device):
        raise AppInCharge(tag=step.device.tag, package=step.package or "")


def _file(scene: Scene, step: Step) -> None:
    if step.action is not RemedyAction.UPDATE_APP:
        return
    package, apk, app = step.package or "", step.apk, scene.app(step)
    if apk is None:
        raise NoApkOf(package=package)
    if apk.package != package:
        raise ApkOfAnother(package=package, found=apk.package)
    if app and app.version_code is not None and app.version_code >= apk.version_code:
        version = app.version_name or str(app.version_code)
        raise ApkNoNewer(tag=step.device.tag, package=package, version=version)
    if app and app.certificate not in {None, apk.certificate}:
        raise ApkSignedOtherwise(tag=step.device.tag, package=package)


def _signer(scene: Scene, step: Step) -> None:
    """A department may trust other certificates than the company, and terms change."""
    apk = step.apk
    if apk is None or apk.trusted_by is not None:
        return
    allowed = allowed_signers(apk.package, scene.terms(step.device), scene.usual)
    if apk.certificate not in allowed:
        raise ApkSignerUnknown(package=apk.package, certificate=apk.certificate)


def _new_enough(scene: Scene, step: Step) -> None:
    apk = step.apk
    least = scene.terms(step.device).least_versions.get(apk.package) if apk else None
    if apk is None or least is None:
        return
    updated = App(package=apk.package, version_name=apk.version_name)
    if older_than(updated, least).outcome is Ruling.BROKEN:
        raise ApkStillTooOld(package=apk.package, version=apk.version, least=least)


# What holds whenever it is done, and what was worth knowing before it is planned.
ALWAYS: Final[Sequence[Asks]] = (_ours, _waived, _required, _evidence, _returning, _signer)
BEFORE: Final[Sequence[Asks]] = (
    *(_named, _no_undo, _ours, _seen, _waived, _under_way),
    *(_there, _on, _required, _makers, _in_charge, _evidence, _returning),
    *(_file, _signer, _new_enough),
)
AN_UNDO: Final[Sequence[Asks]] = (_ours,)
BEFORE_AN_UNDO: Final[Sequence[Asks]] = (_ours, _seen, _under_way)


def require(asks: Sequence[Asks], scene: Scene, step: Step) -> None:
    for ask in asks:
        ask(scene, step)


def in_the_way(scene: Scene, step: Step) -> FleetError | None:
    """Return the first thing that is in the way of planning a step."""
    try:
        require(BEFORE, scene, step)
    except FleetError as refusal:
        return refusal
    return None


def is_off(app: App, user: int) -> bool:
    told = {state.user: state.enabled for state in app.states}
    owner = app.enabled if user == OWNER else None
    return told.get(user, owner) is False
