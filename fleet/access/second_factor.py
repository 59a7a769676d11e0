"""The second factor: a code that a person's phone makes from a shared secret and the time.

RFC 6238 with what every app understands: SHA-1, six digits, steps of 30 seconds; one step of grace
on either side. A step that let somebody in lets nobody in again.
"""

import hmac
import io
import secrets
from typing import Final
from uuid import uuid4

import pyotp
import segno
from sqlalchemy import delete, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.errors import (
    CodeWrong,
    SecondFactorNotBegun,
    SecondFactorSet,
    SecondFactorUnset,
)
from fleet.access.events import RecoveryCodesMade, SecondFactorRemoved, SecondFactorSetUp
from fleet.access.models import RecoveryCode, User, totp_context
from fleet.access.secrets import digest_of
from fleet.access.services import refuse_standing_in
from fleet.audit.services import record
from fleet.contracts.access import SecondFactorOut
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.keys.keyring import Keyring

ISSUER: Final = "workfleet"
STEP_SECONDS: Final = 30
CODES: Final = 10
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no 0 O 1 I: codes are copied by hand


def begin(session: Session, keyring: Keyring, user: User) -> SecondFactorOut:
    """Return a secret to be put into an app; it counts from its first code on."""
    if user.has_second_factor:
        raise SecondFactorSet
    secret = pyotp.random_base32()
    user.totp_sealed = keyring.seal(secret, context=totp_context(user.id))
    write(session)
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)
    return SecondFactorOut(secret=secret, uri=uri, picture=_picture(uri))


def _picture(uri: str) -> str:
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(drawn, kind="svg", scale=4, xmldecl=False)
    return drawn.getvalue().decode()


def confirm(
    session: Session, keyring: Keyring, user: User, code: str, *, actor: Actor
) -> list[str]:
    """Have the second factor count, as the first code is right; return the recovery codes."""
    if user.has_second_factor:
        raise SecondFactorSet
    if user.totp_sealed is None:
        raise SecondFactorNotBegun
    if not _is_code(session, keyring, user, code):
        raise CodeWrong
    user.totp_since = now()
    record(session, actor, SecondFactorSetUp(subject_id=user.id, subject_name=user.username))
    return new_recovery_codes(session, user, actor=actor)


def new_recovery_codes(session: Session, user: User, *, actor: Actor) -> list[str]:
    """Return ten codes that let in once each, shown this once; those of before end."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    made = ["-".join(_letters() for _ in range(3)) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(id=uuid4(), user_id=user.id, digest=_digest(user, code)) for code in made
    )
    record(session, actor, RecoveryCodesMade(subject_id=user.id, subject_name=user.username))
    write(session)
    return made


def remove(session: Session, user: User, *, actor: Actor, reason: str) -> None:
    """Take a second factor away: by oneself after a code, or by who may change users."""
    if user.id != actor.id:
        actor.require(Permission.USERS_WRITE)
        refuse_standing_in(actor, user)
    if not user.has_second_factor:
        raise SecondFactorUnset(username=user.username)
    user.totp_sealed = user.totp_since = user.totp_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    removed = SecondFactorRemoved(subject_id=user.id, subject_name=user.username, reason=reason)
    record(session, actor, removed)
    write(session)


def check(session: Session, keyring: Keyring, user: User, code: str) -> None:
    """Use a code of the app, or a recovery code, up; CodeWrong where it is neither, or was used."""
    digits = code.replace(" ", "")
    right = (
        _is_code(session, keyring, user, digits)
        if digits.isdigit()
        else _is_recovery_code(session, user, code)
    )
    if not right:
        raise CodeWrong


def _is_code(session: Session, keyring: Keyring, user: User, code: str) -> bool:
    if user.totp_sealed is None:
        return False
    secret = keyring.open(user.totp_sealed, context=totp_context(user.id))
    step = _step_of(pyotp.TOTP(secret), code)
    return step is not None and _use_up(session, user, step)


def _step_of(totp: pyotp.TOTP, code: str) -> int | None:
    """Return the step whose code this is, of the present one and those beside it."""
    present = int(now().timestamp()) // STEP_SECONDS
    near = (present, present - 1, present + 1)
    return next((s for s in near if hmac.compare_digest(totp.generate_otp(s), code)), None)


def _use_up(session: Session, user: User, step: int) -> bool:
    """Note a step as used; of two that show it at once, one changes the row."""
    unused = or_(User.totp_step.is_(None), User.totp_step < step)
    mine = update(User).where(User.id == user.id, unused).values(totp_step=step)
    used = session.execute(mine.execution_options(synchronize_session=False))
    session.expire(user, ["totp_step"])
    return isinstance(used, CursorResult) and used.rowcount == 1


def _is_recovery_code(session: Session, user: User, code: str) -> bool:
    mine = RecoveryCode.user_id == user.id, RecoveryCode.digest == _digest(user, code)
    unused = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None))
    used = session.execute(unused.values(used_at=now()))
    return isinstance(used, CursorResult) and used.rowcount == 1


def codes_left(session: Session, user: User) -> int:
    mine = RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    return len(session.scalars(select(RecoveryCode.id).where(*mine)).all())


def _letters() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(4))


def _digest(user: User, code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return digest_of(f"{user.id}:{letters}")
