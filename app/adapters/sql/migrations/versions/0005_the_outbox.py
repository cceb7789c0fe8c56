"""What leaves the house: where a customer may be mailed to, what is to be sent; what a person needs who takes over."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds them."""
    op.add_column("conversations", sa.Column("contact", sa.String(254)))
    op.add_column("conversations", sa.Column("listened_at", _MOMENT))
    op.create_index("conversations_by_status", "conversations", ["status"])
    op.add_column("turns", sa.Column("handoff", sa.JSON))
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT),
        sa.Column("why", sa.String(200), nullable=False, server_default=""),
    )
    op.create_index("outbox_due", "outbox", ["status", "due_at"])


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("outbox")
    op.drop_column("turns", "handoff")
    op.drop_index("conversations_by_status", "conversations")
    for column in ("listened_at", "contact"):
        op.drop_column("conversations", column)
