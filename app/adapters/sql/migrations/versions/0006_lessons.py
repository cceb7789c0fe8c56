"""What is learnt from decisions, and what has to be known to take it back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds it; the decisions that are there are learnt from when the service starts."""
    op.add_column("annotations", sa.Column("source", sa.String(16), nullable=False, server_default="console"))
    op.add_column("annotations", sa.Column("withdrawn_at", _MOMENT))
    op.add_column("annotations", sa.Column("revision", sa.Integer, nullable=False, server_default="1"))
    op.add_column("annotations", sa.Column("learnt", sa.Integer, nullable=False, server_default="0"))
    to_learn = sa.text("learnt <> revision")
    op.create_index("annotations_to_learn", "annotations", ["at"], sqlite_where=to_learn, postgresql_where=to_learn)
    op.add_column("interactions", sa.Column("index_due", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_interactions_index_due", "interactions", ["index_due"])
    op.add_column("turn_facts", sa.Column("source", sa.String(128), nullable=False, server_default=""))
    op.create_index("ix_turn_facts_source", "turn_facts", ["source"])
    op.create_table(
        "lessons",
        sa.Column("annotation_id", sa.String(64), sa.ForeignKey("annotations.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        sa.Column("interaction_id", sa.String(64), index=True),
        sa.Column("replaces", sa.String(64), index=True),
    )


def downgrade() -> None:
    """Takes it away."""
    op.drop_table("lessons")
    op.drop_index("ix_turn_facts_source", "turn_facts")
    op.drop_column("turn_facts", "source")
    op.drop_index("ix_interactions_index_due", "interactions")
    op.drop_column("interactions", "index_due")
    op.drop_index("annotations_to_learn", "annotations")
    for column in ("learnt", "revision", "withdrawn_at", "source"):
        op.drop_column("annotations", column)
