"""Versions of the model, and every step that one of them has taken."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds them."""
    alone = sa.text("state IN ('shadow', 'canary', 'live')")
    op.create_table(
        "model_versions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("task", sa.String(32), nullable=False),
        sa.Column("file", sa.String(128), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("shipped", sa.Boolean, nullable=False),
        sa.Column("verdict", sa.JSON),
        sa.Index("model_versions_alone", "task", "state", unique=True, sqlite_where=alone, postgresql_where=alone),
    )
    op.create_table(
        "model_transitions",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("version_id", sa.String(64), sa.ForeignKey("model_versions.id"), nullable=False, index=True),
        sa.Column("before", sa.String(16)),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("model_transitions")
    op.drop_table("model_versions")
