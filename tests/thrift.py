"""What the suite does for less than a server: the same thing by thousands, or dear on purpose."""

from collections.abc import Callable
from typing import Any, Final

from apiflask import APIFlask
from argon2 import PasswordHasher
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

from fleet import database
from fleet.access import secrets

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
AS_SERVED: Final[Callable[[Any, object], None]] = vars(database)["_prepare_sqlite"]
OF_AN_ADDRESS: Final = ("_parts", "_trace", "_converters", "arguments")
BUILDERS: Final = ("_build", "_build_unknown")  # each knows the rule that it builds for
STATEMENTS: Final = 10_000  # kept compiled: all that there are


def let_passwords_be_cheap() -> None:
    """A guess costs whoever guesses 64 MiB, and the suite lets hundreds of people in."""
    secrets._hasher = CHEAP  # type: ignore[misc]
    secrets._nobodys_hash.cache_clear()


def compile_addresses_once() -> None:
    """Each test makes an application: seven hundred addresses, and always the same ones."""
    compiled: dict[Any, dict[str, Any]] = {}
    compile_anew = Rule.compile

    def compile_once(rule: Rule) -> None:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        known = rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults
        if known not in compiled:
            compile_anew(rule)
            compiled[known] = {name: vars(rule)[name] for name in (*OF_AN_ADDRESS, *BUILDERS)}
        made = compiled[known]
        builders = {name: made[name].__func__.__get__(rule, None) for name in BUILDERS}
        vars(rule).update(made, **builders)

    Rule.compile = compile_once  # type: ignore[method-assign]


def compile_statements_once() -> None:
    """Each test has an engine of its own, and each engine would compile the same statements anew.

    SQLAlchemy keeps what it compiled with the engine, by its dialect: here the engines of one
    database share both, from the first that has connected and so knows the server.
    """
    shared: dict[str, Engine] = {}
    create_anew: Callable[..., Engine] = vars(database)["create_engine"]

    def create_alike(*given: Any, **options: Any) -> Engine:
        engine = create_anew(*given, query_cache_size=STATEMENTS, **options)
        name = engine.dialect.name
        first = shared.get(name)
        if first is None:
            event.listen(engine, "connect", lambda *_: shared.setdefault(name, engine), once=True)
        else:
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    vars(database)["create_engine"] = create_alike


def wait_for_no_disk() -> None:
    """Nobody cuts the power of a test; who is killed leaves what he has written to the system."""

    def prepared(connection: Any, record: object) -> None:
        AS_SERVED(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    vars(database)["_prepare_sqlite"] = prepared


class Compiled(BytecodeCache):
    """The templates that an application has compiled, for the next one."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def compile_templates_once() -> None:
    APIFlask.jinja_options = {**APIFlask.jinja_options, "bytecode_cache": Compiled()}
