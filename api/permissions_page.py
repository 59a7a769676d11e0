"""Writes docs/permissions.md: `python -m api.permissions_page > docs/permissions.md`."""

import ast
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from apiflask import APIFlask
from werkzeug.routing import Rule

import fleet
from api.app import make_app
from api.doors import PROGRAMS
from api.identity import OPEN_TO_ALL, OPEN_TO_EVERYBODY_KNOWN, is_scoped, permission_of
from fleet.access.permissions import ENDS_AT_A_DEPARTMENT, GRANTS, STATION
from fleet.contracts.access import Role
from fleet.contracts.permissions import Permission
from fleet.settings import Settings

COLUMNS: Final = (*Role, STATION)
TOP: Final = """# Who may what

Written from the code by `python -m api.permissions_page`; a test compares, and others walk every
route and every verb with every role.

"all" is the whole company, "department" the department for which the role was granted and all
beneath it, "own" what one holds oneself; an empty field is a refusal. Somebody with several roles
may what any of them may. A token for a program may be narrower than its user, never wider.
With `workfleet access set --separation` nobody holds two of administrator, security and auditor.
"""


@dataclass(frozen=True)
class Asked:
    """A route or a verb, and the permission that it asks."""

    name: str
    permission: Permission | None
    scoped: bool = False


def page() -> str:
    """Return the page."""
    with TemporaryDirectory() as home:
        app = make_app(Settings(home=Path(home)))
        routes, pages = (sorted(found, key=lambda asked: asked.name) for found in routes_of(app))
    parts = [
        TOP,
        "## Routes\n",
        _table(routes),
        "## Pages of the console\n",
        _table(pages),
        "## Open routes\n",
        "To everybody: what a stranger needs to be let in. " + _names(app, OPEN_TO_ALL),
        "\nTo everybody known: one's own way in. " + _names(app, OPEN_TO_EVERYBODY_KNOWN),
        "\n## Verbs and finders of the domain\n",
        _table(sorted(verbs(), key=lambda asked: asked.name)),
    ]
    return "\n".join(parts) + "\n"


def routes_of(app: APIFlask) -> tuple[list[Asked], list[Asked]]:
    """Return what programs may ask, and what people may on the pages of the console."""
    rules = list(app.url_map.iter_rules())
    of_programs = [rule for rule in rules if rule.rule.startswith(PROGRAMS)]
    of_people = [rule for rule in rules if not rule.rule.startswith(PROGRAMS)]
    return list(_asked_by(app, of_programs)), list(_asked_by(app, of_people))


def _asked_by(app: APIFlask, rules: Iterable[Rule]) -> Iterator[Asked]:
    for rule in rules:
        permission = permission_of(app, rule.endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if permission is not None:
                name = f"{method} {rule.rule.removeprefix('/api/v1')}"
                yield Asked(name, permission, is_scoped(app, rule.endpoint))


def verbs() -> Iterator[Asked]:
    """Give every public function of the domain that is told who acts, and what it asks first."""
    for module in _modules():
        for name, function in inspect.getmembers(import_module(module), inspect.isfunction):
            if function.__module__ != module or name.startswith("_"):
                continue
            if "actor" in inspect.signature(function).parameters:
                yield _asked(f"{module.removeprefix('fleet.')}.{name}", function)


def _modules() -> list[str]:
    found = pkgutil.walk_packages([str(Path(fleet.__file__).parent)], "fleet.")
    return [info.name for info in found]


def _asked(name: str, function: Callable[..., object]) -> Asked:
    """Read the permission from the first thing that the function does."""
    [defined] = ast.parse(inspect.getsource(function)).body
    assert isinstance(defined, ast.FunctionDef)  # noqa: S101 — for the type checker
    said = 1 if ast.get_docstring(defined) else 0
    first = defined.body[said]
    if not isinstance(first, ast.Expr | ast.Assign):
        return Asked(name, None)
    for node in ast.walk(first):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            verb = node.func.attr
            if verb in {"require", "reach"} and isinstance(node.args[0], ast.Attribute):
                return Asked(name, Permission[node.args[0].attr], scoped=verb == "reach")
    return Asked(name, None)


def reach_of(role: str, asked: Asked) -> str:
    """Say how far a role's permission goes for a route or a verb."""
    if asked.permission not in GRANTS[role]:
        return ""
    if role not in {*ENDS_AT_A_DEPARTMENT, Role.EMPLOYEE}:
        return "all"
    if not asked.scoped:
        return ""
    return "own" if role == Role.EMPLOYEE else "department"


def _table(rows: list[Asked]) -> str:
    shown = [row for row in rows if row.permission]
    head = ["", "permission", *(str(role) for role in COLUMNS)]
    lines = [head, ["---"] * len(head)]
    lines += [
        [f"`{row.name}`", str(row.permission), *(reach_of(role, row) for role in COLUMNS)]
        for row in shown
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _names(app: APIFlask, endpoints: frozenset[str]) -> str:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    named = (
        f"`{method} {rules[endpoint].rule}`"
        for endpoint in sorted(endpoints)
        for method in sorted((rules[endpoint].methods or set()) - {"HEAD", "OPTIONS"})
    )
    return ", ".join(named) + "."


if __name__ == "__main__":
    sys.stdout.write(page())
