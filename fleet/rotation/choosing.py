"""The playbook that a change is guided by, chosen once."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.accounts.models import Account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.playbooks import NUMBER, Playbook
from fleet.devices.models import Device
from fleet.playbooks.queries import chosen_for
from fleet.rotation.errors import NoPlaybook
from fleet.rotation.models import Rotation

PACKAGE: Final = {
    AccountKind.WECHAT: "com.tencent.mm",
    AccountKind.WECOM: "com.tencent.wework",
}


def playbook_of(
    session: Session,
    rotation: Rotation,
    account: Account,
    device: Device | None,
    *,
    number: str | None = None,
) -> Playbook:
    """Return the playbook that the change began with; whoever asks first chooses it.

    `number` is what a binding is to: it is in the copy that is kept.
    """
    if rotation.playbook is not None:
        return rotation.playbook
    choice = chosen_for(session, device, PACKAGE[account.kind])
    if choice is None:
        raise NoPlaybook(subject=account.handle, package=PACKAGE[account.kind])
    book = choice.known.content if number is None else numbered(choice.known.content, number)
    rotation.guided_by = {
        "name": choice.known.name,
        "number": choice.known.number,
        "warnings": list(choice.warnings),
        "book": book.model_dump(mode="json"),
    }
    return book


def numbered(book: Playbook, number: str) -> Playbook:
    """Return the playbook with the number in its place, as apps write it and as people read it."""
    success = [one for label in book.success for one in _written(label, number)]
    steps = [
        step.model_copy(update={"say": step.say.filled(NUMBER, number)}) for step in book.steps
    ]
    return book.model_copy(update={"success": success, "steps": steps})


def _written(label: str, number: str) -> list[str]:
    """Apps show a number whole, in groups, or with its middle hidden."""
    if label != NUMBER:
        return [label]
    own = number.removeprefix("+86")
    hidden, grouped = f"{own[:3]}****{own[-4:]}", f"{own[:3]} {own[3:7]} {own[7:]}"
    bare = [own, hidden, grouped]
    return [*bare, *(f"+86 {one}" for one in bare), *(f"+86{one}" for one in bare[:2])]
