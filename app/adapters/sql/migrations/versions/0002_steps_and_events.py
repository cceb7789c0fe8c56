"""Turns as steps, the events of conversations, tokens, supervisors' decisions, customers' ratings."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _conversation_columns() -> list[sa.Column[Any]]:
    """Made anew each time: a column belongs to one table."""
    return [
        sa.Column("agent", sa.String(64)),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("events", sa.Integer, nullable=False, server_default="0"),
        sa.Column("satisfaction", sa.Integer),
        sa.Column("satisfaction_comment", sa.Text),
    ]


def upgrade() -> None:
    """Adds them; a turn of before was decided already."""
    for column in _conversation_columns():
        op.add_column("conversations", column)
    op.add_column("messages", sa.Column("author_name", sa.String(64)))
    op.add_column("messages", sa.Column("client_message_id", sa.String(64)))
    op.create_index("messages_once", "messages", ["conversation_id", "client_message_id"], unique=True)
    with op.batch_alter_table("turns") as turns:
        turns.add_column(sa.Column("status", sa.String(16), nullable=False, server_default="closed"))
        turns.add_column(sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
        turns.add_column(sa.Column("begun_at", sa.DateTime(timezone=True)))
        turns.add_column(sa.Column("decided_at", sa.DateTime(timezone=True)))
        turns.add_column(sa.Column("state_before", sa.JSON))
        turns.alter_column("delivery", existing_type=sa.String(16), nullable=True)
        turns.alter_column("record", existing_type=sa.JSON, nullable=True)
    with op.batch_alter_table("turns") as turns:
        turns.alter_column("status", existing_type=sa.String(16), server_default=None)
        turns.create_index("ix_turns_status", ["status"])
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("events_of_conversation", "conversation_id", "number", unique=True),
    )
    op.create_table(
        "annotations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("turn_id", sa.String(64), sa.ForeignKey("turns.id"), nullable=False, index=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("draft", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "ratings",
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
        sa.Column("rating", sa.String(8), nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Takes them away; turns that were not decided go with them."""
    for table in ("ratings", "annotations", "events"):
        op.drop_table(table)
    op.execute("DELETE FROM turns WHERE record IS NULL")
    with op.batch_alter_table("turns") as turns:
        turns.drop_index("ix_turns_status")
        turns.drop_column("status")
        for column in ("attempts", "begun_at", "decided_at", "state_before"):
            turns.drop_column(column)
        turns.alter_column("delivery", existing_type=sa.String(16), nullable=False)
        turns.alter_column("record", existing_type=sa.JSON, nullable=False)
    op.drop_index("messages_once", "messages")
    for column in ("client_message_id", "author_name"):
        op.drop_column("messages", column)
    for added in reversed(_conversation_columns()):
        op.drop_column("conversations", added.name)
