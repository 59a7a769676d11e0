"""Have an application signed for, and handed out, by its issue form."""

import sqlalchemy as sa
from alembic import op

revision = "issue_on_form"
down_revision = "work_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("application", sa.Column("form", sa.String(), nullable=True))
    op.add_column("application", sa.Column("condition_note", sa.String(), nullable=True))
    op.create_index("ix_application_form", "application", ["form"], unique=True)


def downgrade() -> None:
    op.execute("UPDATE application SET signed_how = 'on_paper' WHERE signed_how = 'at_the_desk'")
    op.drop_index("ix_application_form", table_name="application")
    op.drop_column("application", "condition_note")
    op.drop_column("application", "form")
