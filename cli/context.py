"""What a command gets: the client of the chosen server, and ways to ask, to say and to show."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from pydantic import BaseModel

    from api.client import Client
    from cli.profiles import Profile

Connect = Callable[["Profile"], "Client"]


def connect(profile: "Profile") -> "Client":
    from api.client import Client

    return Client(
        profile.server, profile.token, authority=profile.authority, insecure=profile.insecure
    )


@dataclass
class App:
    """`output` is table, json or csv; the client is made when a command first asks for it."""

    profile_name: str | None = None
    server: str | None = None
    output: str = "table"
    connect: Connect = field(default=connect, repr=False)

    @cached_property
    def profile(self) -> "Profile":
        from cli.profiles import chosen

        return chosen(self.profile_name, self.server)

    @cached_property
    def client(self) -> "Client":
        return self.connect(self.profile)

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()

    @property
    def for_people(self) -> bool:
        return self.output == "table"

    def say(self, text: str, /, **blanks: object) -> None:
        """Say a marked sentence to a person; where a program reads, the answer speaks alone."""
        if self.for_people:
            click.echo(say(text, **blanks))

    def warn(self, text: str, /, **blanks: object) -> None:
        click.echo(f"! {say(text, **blanks)}", err=True)

    def line(self, text: str = "") -> None:
        """Show a line that needs no translation."""
        if self.for_people:
            click.echo(text)

    def answer(self, model: "BaseModel", text: str = "", /, **blanks: object) -> None:
        """Show what the server answered: a sentence for people, the answer itself otherwise."""
        from cli.output import show_data

        if not self.for_people:
            show_data(self.output, [model], single=True)
        elif text:
            self.say(text, **blanks)

    def fields(self, model: "BaseModel", rows: Iterable[tuple[str, object]]) -> None:
        """Show one thing: named values for people, the answer itself otherwise."""
        from cli.output import show_data, show_fields

        if self.for_people:
            show_fields(rows)
        else:
            show_data(self.output, [model], single=True)

    def table(self, items: "Sequence[BaseModel]", columns: Sequence[Any], *, empty: str) -> None:
        """Show a list that is short enough to be whole."""
        from cli.output import show_data, show_table

        if not self.for_people:
            show_data(self.output, items)
        elif items:
            show_table(items, columns)
        else:
            self.say(empty)

    def confirm(self, text: str, /, *, yes: bool, **blanks: object) -> None:
        """Say what will happen; go on when told so, refuse when nobody can be asked."""
        click.echo(say(text, **blanks), err=not self.for_people)
        if yes:
            return
        if not sys.stdin.isatty():
            from cli.refusals import ConfirmationNeeded

            raise ConfirmationNeeded
        if not click.confirm(say("Go on?"), err=True):
            raise click.Abort


pass_app = click.make_pass_decorator(App)

YES = _("Do not ask.")
DRY_RUN = _("Show what would happen, and change nothing.")
