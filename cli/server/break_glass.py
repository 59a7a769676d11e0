"""`workfleet server break-glass`: the account for the safe."""

from pathlib import Path

from sqlalchemy.orm import Session

from cli.context import YES, App, pass_app
from cli.server.place import HOME, home_of, session_on
from cli.server.vault import who_sits_here
from cli.speaking import command, option
from fleet.access.granting import grant_role
from fleet.access.models import User
from fleet.access.services import seal_break_glass
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.words import _, say
from fleet.settings import load

ROLES = (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR, Role.OPERATOR)


@command(_("Make the account for the safe, or seal it anew: all roles, no second factor."))
@HOME
@option("--yes", is_flag=True, help=YES)
@pass_app
def break_glass(app: App, home: Path | None, *, yes: bool) -> None:
    settings = load(home_of(home))
    app.confirm(
        _("A password is shown once, for the safe; the one of before ends. Its use is an alarm."),
        yes=yes,
    )
    actor = who_sits_here()
    with session_on(settings) as session:
        user, password = seal_break_glass(session, actor=actor)
        _grant_all(session, user)
    app.say(_("User name {username}, password:"), username=user.username)
    app.line(password)
    app.say(_("Write it down, seal it, lock it away. It works once, then it is sealed anew."))


def _grant_all(session: Session, user: User) -> None:
    held = {grant.role for grant in user.held(now())}
    for role in ROLES:
        if role not in held:
            reason = say("the account in the safe")
            grant_role(session, user, role, reason=reason, actor=who_sits_here())
