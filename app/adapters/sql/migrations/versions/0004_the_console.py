"""The supervisors' console: people, sessions, audit log, claims, notes, canned replies, the figures' facts."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from rapidfuzz.distance import Levenshtein

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)
_MODEL_CHARACTERS = 256


def upgrade() -> None:
    """Adds them, and works out for what was decided before what is now kept when a turn is decided."""
    op.add_column("conversations", sa.Column("assigned_to", sa.String(64)))
    op.add_column("conversations", sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE conversations SET last_seq = "
        "COALESCE((SELECT MAX(seq) FROM messages WHERE messages.conversation_id = conversations.id), 0)"
    )
    op.create_index("conversations_newest", "conversations", ["last_seq", "id"])
    op.add_column("turns", sa.Column("handed_back", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("annotations", sa.Column("text_in_slots", sa.Text))
    op.add_column("annotations", sa.Column("use_again", sa.String(24), nullable=False, server_default="only_here"))
    op.add_column("annotations", sa.Column("edit_distance", sa.Float))
    _people()
    _desk()
    facts = op.create_table(
        "turn_facts",
        sa.Column("turn_id", sa.String(64), sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("intent", sa.String(64), nullable=False),
        sa.Column("situation", sa.String(128), nullable=False, index=True),
        sa.Column("model", sa.String(_MODEL_CHARACTERS), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
    )
    _fill(facts)
    _measure_edits()


def _people() -> None:
    op.create_table(
        "supervisors",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("display_name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), sa.ForeignKey("supervisors.name"), nullable=False, index=True),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("by", sa.String(64), nullable=False, index=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("item", sa.String(160), nullable=False, index=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("refused", sa.String(64)),
        sa.Column("detail", sa.String(200), nullable=False),
    )


def _desk() -> None:
    op.create_table(
        "turn_claims",
        sa.Column("turn_id", sa.String(64), sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "conversation_reads",
        sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(100), nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )


_turns = sa.table(
    "turns",
    sa.column("id", sa.String),
    sa.column("conversation_id", sa.String),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("delivery", sa.String),
    sa.column("record", sa.JSON),
)
_annotations = sa.table(
    "annotations",
    sa.column("id", sa.String),
    sa.column("verdict", sa.String),
    sa.column("draft", sa.Text),
    sa.column("text", sa.Text),
    sa.column("edit_distance", sa.Float),
)


def _fill(facts: sa.Table) -> None:
    """Reads each record as it was written then: this stays as it is when the code's own records change."""
    connection = op.get_bind()
    ids = connection.execute(sa.select(_turns.c.id).where(_turns.c.delivery.is_not(None))).scalars().all()
    for turn_id in ids:
        row = connection.execute(sa.select(_turns).where(_turns.c.id == turn_id)).one()
        record = row.record if isinstance(row.record, dict) else json.loads(row.record or "{}")
        own = {
            "turn_id": row.id,
            "conversation_id": row.conversation_id,
            "at": row.at,
            "delivery": row.delivery,
            "model": str((record.get("versions") or {}).get("model", ""))[:_MODEL_CHARACTERS],
            "reasons": _reasons(record),
            "ms": sum(
                float(stage["ms"]) for stage in record.get("timings") or () if not stage["stage"].endswith("(shadow)")
            ),
        }
        for number, situation in enumerate(record.get("situations") or [{}]):
            prediction = (situation.get("request") or {}).get("prediction") or {}
            said = {"intent": prediction.get("intent", ""), "situation": situation.get("key") or ""}
            connection.execute(facts.insert().values(number=number, **own, **said))


def _reasons(record: dict[str, Any]) -> list[str]:
    reasons = (record.get("decision") or {}).get("reasons") or ()
    return list(dict.fromkeys(str(flag["reason"]) for flag in reasons))


def _measure_edits() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_annotations).where(_annotations.c.verdict != "reject")).all():
        distance = Levenshtein.normalized_distance(row.draft, row.text or row.draft)
        connection.execute(sa.update(_annotations).where(_annotations.c.id == row.id).values(edit_distance=distance))


def downgrade() -> None:
    """Takes them away."""
    for table in (
        "turn_facts",
        "canned_replies",
        "conversation_reads",
        "notes",
        "turn_claims",
        "audit_log",
        "sign_in_attempts",
        "sessions",
        "supervisors",
    ):
        op.drop_table(table)
    for column in ("edit_distance", "use_again", "text_in_slots"):
        op.drop_column("annotations", column)
    op.drop_column("turns", "handed_back")
    op.drop_index("conversations_newest", "conversations")
    for column in ("last_seq", "assigned_to"):
        op.drop_column("conversations", column)
