"""How revisions are written: in order, in plain types, and free of the application."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

import migrations
from fleet.contracts.proof import Level
from fleet.database import UtcDateTime, stored_as_values
from migrations.rendering import render_item

OF_OTHERS = {
    "alembic",
    "collections",
    "datetime",
    "hashlib",
    "json",
    "sqlalchemy",
    "typing",
    "uuid",
}
SCRIPTS = sorted((Path(migrations.__file__).parent / "versions").glob("*.py"))


def directory() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS[0].parent.parent))
    return ScriptDirectory.from_config(config)


def test_files_stand_in_the_order_of_their_revisions():
    oldest_first = reversed(list(directory().walk_revisions()))

    assert [Path(script.path) for script in oldest_first] == SCRIPTS


def test_there_is_one_newest_revision():
    assert directory().get_heads() == [migrations.newest()]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_revision_is_a_sentence_and_imports_nothing_of_ours(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert imported <= OF_OTHERS
    assert ast.get_docstring(tree).endswith(".")


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (UtcDateTime(), "sa.DateTime(timezone=True)"),
        (stored_as_values(Level), "sa.String(length=40)"),
        (sa.String(), False),
    ],
)
def test_a_type_of_our_own_is_written_as_what_it_is_stored_as(kind, written):
    assert render_item("type", kind, None) == written
