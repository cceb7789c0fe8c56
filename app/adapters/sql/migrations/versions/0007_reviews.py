"""What goes to Label Studio and comes back: outbox, annotations as they were seen there, webhooks, leases."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds them. Turns that were decided before are not queued: nobody waits for what is old."""
    op.create_table(
        "review_outbox",
        sa.Column("turn_id", sa.String(64), sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("delivered_at", _MOMENT),
        sa.Column("draft_id", sa.String(16)),
        sa.Column("draft_since", _MOMENT),
        sa.Column("review", sa.String(16), nullable=False, server_default="open"),
        sa.Column("unsettled", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "review_annotations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, index=True),
        sa.Column("turn_id", sa.String(64), index=True),
        sa.Column("task_made_at", sa.String(40), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.Text),
        sa.Column("opinion", sa.JSON),
        sa.Column("result", sa.JSON),
    )
    op.create_table(
        "webhook_inbox",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Takes them away."""
    for table in ("leases", "webhook_inbox", "review_annotations", "review_outbox"):
        op.drop_table(table)
