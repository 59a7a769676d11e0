"""`workfleet rotate`: change a phone's PIN or an account's password, and show what was proven."""

from dataclasses import dataclass

import click

from cli.context import DRY_RUN, App
from cli.exits import NOT_SO
from cli.labels import label
from cli.speaking import argument, command, option
from cli.subjects import is_device, is_sim
from cli.waiting import Waiting
from fleet.contracts.accounts import AccountKind
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.rotation import ConfirmIn, RotateIn, RotationOut, RotationQuery, RotationState
from fleet.contracts.stations import JobKind
from fleet.contracts.words import _, say

UNDER_WAY = frozenset({RotationState.PLANNED, RotationState.RUNNING})
DOUBTFUL = frozenset({RotationState.UNPROVEN, RotationState.IN_DOUBT})
GOOD = frozenset(
    {
        RotationState.PROVEN,
        RotationState.VERIFIED,
        RotationState.OBSERVED,
        RotationState.DECLARED,
    }
)


@command(_("Change a phone's PIN or an account's password; SUBJECT is a tag or a handle."))
@argument("subject")
@option("--reason", default="due", show_default=True, help=_("Why; it is kept."))
@option("--wait", is_flag=True, help=_("Wait for the station, and show what was proven."))
@option("--confirm", metavar="NOTE", help=_("You changed the account's password yourself."))
@option("--even-untrusted", is_flag=True, help=_("Although the build's lock tool lies."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@click.pass_context
def rotate(
    ctx: click.Context,
    subject: str,
    reason: str,
    confirm: str | None,
    *,
    wait: bool,
    even_untrusted: bool,
    dry_run: bool,
) -> None:
    app: App = ctx.obj
    phone = _is_phone(app, subject)
    if dry_run:
        _look(app, subject, phone=phone)
        return
    if confirm is not None:
        ctx.exit(_confirm(app, subject, confirm))
    kind = CredentialKind.DEVICE_PIN if phone else CredentialKind.ACCOUNT_PASSWORD
    body = RotateIn(kind=kind, reason=reason, even_untrusted=even_untrusted)
    planned = _plan(app, subject, body)
    if wait:
        planned = wait_for(app, planned, _device_of(app, subject, phone=phone))
    app.answer(planned)
    ctx.exit(tell(app, planned))


def _is_phone(app: App, subject: str) -> bool:
    """Tell a phone from an account; a SIM is neither, and no station can change its codes."""
    from cli.refusals import SimNotRotated, SubjectNotFound

    try:
        return is_device(app.client, subject)
    except SubjectNotFound:
        if is_sim(subject):
            raise SimNotRotated(given=subject) from None
        raise


def _look(app: App, subject: str, *, phone: bool) -> None:
    app.say(_what_would_be(app, subject, phone=phone), subject=subject)
    app.say(_("Nothing was changed: this was a dry run."))


def _what_would_be(app: App, subject: str, *, phone: bool) -> str:
    if phone:
        return _("{subject}: a new PIN would be made in the vault, set by a station, and tried.")
    if app.client.account(subject).kind is AccountKind.WECOM:
        return _("{subject}: it has no password; a person would be guided to change its binding.")
    return _("{subject}: a new password would be made in the vault; a person is guided.")


def _plan(app: App, subject: str, body: RotateIn) -> RotationOut:
    """Begin a change, or follow the one that is under way: asked twice, it happens once."""
    from api.client import Refused

    try:
        planned = _begin(app, subject, body)
    except Refused as refusal:
        if refusal.code != "rotation_under_way":
            raise
        planned = under_way(app, subject)
        app.warn(
            _("A change of {subject} is under way already; this is how it stands."), subject=subject
        )
    show_guide(app, planned)
    return planned


def _begin(app: App, subject: str, body: RotateIn) -> RotationOut:
    if body.kind is CredentialKind.DEVICE_PIN:
        return app.client.rotate_device_pin(subject, body)
    return app.client.rotate_account_password(subject, body)


def show_guide(app: App, rotation: RotationOut) -> None:
    """Show a person what to do, step by step, and where the new password is."""
    if not rotation.guide:
        return
    is_binding = rotation.kind == CredentialKind.ACCOUNT_BINDING
    binding = _("{subject} has no password; its binding is changed by a person:")
    password = _("The password of {subject} is changed by a person:")
    app.say(binding if is_binding else password, subject=rotation.subject)
    for number, sentence in enumerate(rotation.guide, start=1):
        app.line(f"  {number}. {sentence}")
    if is_binding:
        say_what_follows(app, rotation)
        return
    app.say(
        _("Nobody needs to see it. By hand instead: workfleet rotation attend {subject}"),
        subject=rotation.subject,
    )


def say_what_follows(app: App, rotation: RotationOut) -> None:
    """Name what a binding takes beside the number; it has not come true before."""
    for one in rotation.declarations:
        app.line(f"  · {one.what}: {one.says}")
    app.say(
        _(
            "Each of these is said with: workfleet rotation declare {subject} WHAT --note …, "
            "and confirmed by another person: workfleet rotation witness {subject} WHAT"
        ),
        subject=rotation.subject,
    )


def _device_of(app: App, subject: str, *, phone: bool) -> str:
    """Return the tag of the phone whose station does the work."""
    return subject if phone else app.client.account(subject).device or subject


def wait_for(app: App, rotation: RotationOut, device: str) -> RotationOut:
    pin = rotation.kind == CredentialKind.DEVICE_PIN
    goes_on = say("It goes on at the station: workfleet rotation show {id}", id=rotation.id)
    kind = JobKind.ROTATE_PIN if pin else JobKind.GUIDE_ACCOUNT
    waiting = Waiting(app, device, kind, goes_on)
    if not pin:
        return waiting.until(Steps(app, rotation.id), lambda seen: seen.ended_at is not None)
    return waiting.until(
        lambda: app.client.rotation(rotation.id),
        lambda seen: seen.state not in UNDER_WAY or seen.goes_on_at is not None,
    )


@dataclass
class Steps:
    """Looks at a guided change, and tells the person at the phone what is new."""

    app: App
    reference: str
    said: tuple[str | None, str | None] = (None, None)

    def __call__(self) -> RotationOut:
        seen = self.app.client.rotation(self.reference)
        if (seen.now, seen.sees) != self.said and seen.now and self.app.for_people:
            self.said = seen.now, seen.sees
            self.app.line("  → " + " ".join(filter(None, self.said)))
        return seen


def tell(app: App, rotation: RotationOut) -> int:
    """Say how a rotation stands, a failure loudly, and return the exit code."""
    if rotation.state in UNDER_WAY:
        state = label(rotation.state)
        app.say(
            _("{subject}: {state} ({id})."), subject=rotation.subject, state=state, id=rotation.id
        )
        if rotation.goes_on_at:
            app.line(f"  {rotation.sentence} {goes_on(rotation)}")
        return 0
    app.line(f"{rotation.subject} {label(rotation.state)}{_because(rotation)}")
    if rotation.state in DOUBTFUL:
        app.say(
            _("  Nothing is lost: every value that may open {subject} is in the vault."),
            subject=rotation.subject,
        )
    if rotation.build_trust is BuildTrust.UNTRUSTED:
        app.line(f"  {build_line(rotation)}")
    if rotation.advice:
        app.line(f"  → {rotation.advice}")
    return 0 if rotation.state in GOOD else NOT_SO


def goes_on(rotation: RotationOut) -> str:
    """Say when a change that waits can go on: the time of day, with the day where it is another."""
    if rotation.goes_on_at is None:
        return ""
    local = rotation.goes_on_at.astimezone()
    is_today = local.date() == now().astimezone().date()
    when = f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"
    return say("It can go on at {when}.", when=when)


def build_line(rotation: RotationOut) -> str:
    """Say what is believed of the build of the phone that answered."""
    if rotation.build is None or rotation.build_trust is None:
        return rotation.build or ""
    if rotation.build_trust is not BuildTrust.UNTRUSTED:
        return f"{rotation.build} ({label(rotation.build_trust)})"
    others = max((rotation.build_phones or 0) - 1, 0)
    return say(
        "Its build ({build}) is UNTRUSTED; {others} more phones have it: workfleet rotation builds",
        build=rotation.build,
        others=others,
    )


def _because(rotation: RotationOut) -> str:
    sentence = rotation.sentence or rotation.reason
    return f" — {sentence}" if sentence else ""


def _confirm(app: App, subject: str, note: str) -> int:
    """Record that a person changed the password: level declared."""
    rotation = under_way(app, subject)
    done = app.client.confirm_rotation(rotation.id, ConfirmIn(note=note))
    app.answer(done)
    return tell(app, done)


def under_way(app: App, subject: str) -> RotationOut:
    """Return the rotation of `subject` that is not over yet, or refuse."""
    from cli.refusals import NothingUnderWay

    found = app.client.rotations(RotationQuery(subject=subject, limit=100)).items
    open_ones = [one for one in found if one.state in UNDER_WAY]
    if not open_ones:
        raise NothingUnderWay(subject=subject)
    return open_ones[0]
