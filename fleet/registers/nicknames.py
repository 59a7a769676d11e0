"""Nicknames of accounts that come in from spreadsheets, beside the rules of their departments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.words import _
from fleet.database import write
from fleet.naming.judging import judge
from fleet.naming.queries import Named, is_any_rule, named, names
from fleet.naming.templates import About
from fleet.people.models import Department
from fleet.registers.reading import CellWrong


class Nicknames:
    """Knows the rules, read once; where there is none, nothing is asked."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session, self._actor = session, actor
        self._rules = names(session) if is_any_rule(session) else None
        self._known: dict[UUID, Named] = {}
        self._entered: list[UUID] = []

    def look(self, accounts: Sequence[UUID]) -> None:
        """Learn whose these accounts are, in one question."""
        if self._rules is not None:
            self._known = {one.id: one for one in named(self._session, accounts, self._rules)}

    def judged(
        self, values: Mapping[str, Any], row: Account | None, place: Department | None
    ) -> Iterable[CellWrong]:
        """Give what deviates of a nickname that is new; refused where the rule says so."""
        said = values.get("nickname")
        if self._rules is None or said is None or (row is not None and row.nickname == said):
            return
        one = self._whose(AccountKind(values["kind"]), row, place)
        if not one.faults(said) or one.rule is None:
            return
        wrong = CellWrong(
            _("By the rule of its department this nickname is {template}."),
            _("See `workfleet naming show`; the account is to be called so in its app as well."),
            "nickname",
            template=one.rule.template,
        )
        if one.rule.refuse:
            raise wrong
        yield wrong

    def _whose(self, kind: AccountKind, row: Account | None, place: Department | None) -> Named:
        assert self._rules is not None  # noqa: S101 — asked before
        known = self._known.get(row.id) if row is not None else None
        if known is not None and (known.holder is not None or place is None):
            return known
        key, dept = (place.id, place.name) if place else (None, None)
        rule, about = self._rules.version(kind, key, now()), About(dept=dept)
        if known is not None:
            return replace(known, rule=rule, about=about)
        return Named(
            id=UUID(int=0),
            handle="",
            kind=kind,
            nickname=None,
            holder=None,
            department=about.dept,
            about=about,
            rule=rule,
        )

    def entered(self, account: Account) -> None:
        if self._rules is not None:
            self._entered.append(account.id)

    def send(self) -> None:
        """Note what deviates of the accounts that were entered, together."""
        if self._rules is not None and self._entered:
            write(self._session)
            judge(self._session, self._entered, self._rules, actor=self._actor)
            self._entered.clear()
