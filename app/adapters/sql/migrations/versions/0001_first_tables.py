"""The first tables: conversations, messages, turns, interactions, pages, passages, manifests."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("customer_id", sa.String(64), index=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("turn_id", sa.String(64)),
        sa.Column("author", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("messages_of_conversation", "conversation_id", "seq"),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16)),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("intent", sa.String(64), nullable=False),
        sa.Column("situation", sa.String(128), nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("product_id", sa.String(64)),
        sa.Column("rests_on", sa.JSON, nullable=False),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.String(96), primary_key=True),
        sa.Column("page_id", sa.String(64), sa.ForeignKey("pages.id"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
    )
    op.create_table(
        "manifests",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Removes them with everything in them."""
    for table in ("manifests", "passages", "pages", "interactions", "turns", "messages", "conversations"):
        op.drop_table(table)
