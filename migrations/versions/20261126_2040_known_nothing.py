"""Note of each phone what is known to be nothing, as against what is not known.

What was noted before is taken for an answer to every question, as it was then.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "known_nothing"
down_revision = "signed_steps"
branch_labels = None
depends_on = None

LISTS = ("apps", "users", "sims", "accounts")
FACTS = (
    *("device_admins", "device_owner", "identity.imei", "network.private_dns"),
    *("debugging.installing_apps", "debugging.shell_permissions", "debugging.developer_options"),
    *("debugging.key_expiry_ms", "debugging.usb", "debugging.verify_installs"),
    *("debugging.wireless", "settings.automatic_time", "settings.provisioned"),
    *("settings.accessibility_services", "settings.always_on_vpn", "settings.input_method"),
    *("settings.notification_listeners", "settings.setup_complete", "settings.screen_timeout_ms"),
)
SLOTS = range(4)
VISITED = "CAST(noted AS TEXT) <> '{}'"


def upgrade() -> None:
    _add(dict.fromkeys((*LISTS, *FACTS), ""), VISITED)
    for slot in SLOTS:
        state, card = _value(f"sims.{slot}.state"), _value(f"sims.{slot}.iccid")
        _add({f"sims.{slot}.iccid": ""}, f"{state} = 'absent' AND {card} IS NULL")


def downgrade() -> None:
    without = {
        "sqlite": f"json_remove(noted, {', '.join(_quoted(f'$.{name}') for name in LISTS)})",
        "postgresql": "CAST(CAST(noted AS JSONB) - "
        f"ARRAY[{', '.join(map(_quoted, LISTS))}] AS JSON)",
    }
    op.execute(sa.text(f"UPDATE device_facts SET noted = {without[_dialect()]}"))  # noqa: S608


def _add(values: dict[str, str], where: str) -> None:
    """Put values beside what is noted, which stands where it has a name already."""
    beside = _quoted(json.dumps(values, separators=(",", ":")))
    both = {
        "sqlite": f"json_patch({beside}, noted)",
        "postgresql": f"CAST(CAST({beside} AS JSONB) || CAST(noted AS JSONB) AS JSON)",
    }
    statement = f"UPDATE device_facts SET noted = {both[_dialect()]} WHERE {where}"  # noqa: S608
    op.execute(sa.text(statement))


def _value(name: str) -> str:
    return {
        "sqlite": "json_extract(noted, " + _quoted(f'$."{name}"') + ")",
        "postgresql": f"CAST(noted AS JSONB) ->> {_quoted(name)}",
    }[_dialect()]


def _quoted(text: str) -> str:
    return f"'{text}'"


def _dialect() -> str:
    return op.get_bind().dialect.name
