"""What the suite does for less than a server: the same thing by thousands, or dear on purpose."""

from typing import Any, Final

from argon2 import PasswordHasher
from werkzeug.routing import Rule

from fleet.access import secrets

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def let_passwords_be_cheap() -> None:
    """A guess costs whoever guesses 64 MiB, and the suite lets hundreds of people in."""
    secrets._hasher = CHEAP  # type: ignore[misc]
    secrets._nobodys_hash.cache_clear()


def compile_addresses_once() -> None:
    """Each test makes an application: three hundred addresses, and always the same ones."""
    compiled: dict[Any, Any] = {}
    compile_anew = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:  # noqa: FBT001, FBT002
        defaults = tuple(sorted((rule.defaults or {}).items()))
        known = tuple(rule._trace), tuple(sorted(rule.arguments)), defaults, append_unknown
        if known not in compiled:
            compiled[known] = compile_anew(rule, append_unknown)
        return compiled[known]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]
