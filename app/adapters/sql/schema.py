"""The tables of Handrail's own database. A change here needs a migration: a test compares the two."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), index=True),
    Column("status", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("state", JSON, nullable=False),
    Column("agent", String(64)),
    Column("token_hash", String(64)),
    Column("expires_at", DateTime(timezone=True)),
    Column("events", Integer, nullable=False, server_default="0"),
    Column("satisfaction", Integer),
    Column("satisfaction_comment", Text),
    Column("assigned_to", String(64)),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("contact", String(254)),
    Column("listened_at", DateTime(timezone=True)),
    Index("conversations_newest", "last_seq", "id"),
    Index("conversations_by_status", "status"),
)
"""`last_seq` is the last message's, so that the newest are found without looking at all messages. `contact` is where
the customer may be mailed to, and `listened_at`, kept while there is one, when her event stream was last open."""

messages = Table(
    "messages",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("turn_id", String(64)),
    Column("author", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("author_name", String(64)),
    Column("client_message_id", String(64)),
    Index("messages_of_conversation", "conversation_id", "seq"),
    Index("messages_once", "conversation_id", "client_message_id", unique=True),
)

turns = Table(
    "turns",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("status", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("begun_at", DateTime(timezone=True)),
    Column("decided_at", DateTime(timezone=True)),
    Column("state_before", JSON),
    Column("delivery", String(16)),
    Column("origin", String(16)),
    Column("record", JSON),
    Column("handed_back", Boolean, nullable=False, server_default=false()),
    Column("handoff", JSON),
)
"""A turn is there from its first message on; `delivery`, `origin` and `record` once it is decided, `handoff` when a
person has to look at it. `handed_back`: it was handed off, and the person gave it back unanswered."""

turn_facts = Table(
    "turn_facts",
    metadata,
    Column("turn_id", ForeignKey("turns.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("delivery", String(16), nullable=False),
    Column("intent", String(64), nullable=False),
    Column("situation", String(128), nullable=False, index=True),
    Column("model", String(256), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("ms", Float, nullable=False),
    Column("source", String(128), nullable=False, server_default="", index=True),
)
"""What figures are made of, one row a request of a decided turn; the first is number 0. `source`: of what
was chosen, such as the id of a past reply."""

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("events_of_conversation", "conversation_id", "number", unique=True),
)

_TO_LEARN = text("learnt <> revision")

annotations = Table(
    "annotations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("turn_id", ForeignKey("turns.id"), nullable=False, index=True),
    Column("verdict", String(16), nullable=False),
    Column("draft", Text, nullable=False),
    Column("text", Text),
    Column("reason", Text),
    Column("by", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("text_in_slots", Text),
    Column("use_again", String(24), nullable=False, server_default="only_here"),
    Column("edit_distance", Float),
    Column("source", String(16), nullable=False, server_default="console"),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("learnt", Integer, nullable=False, server_default="0"),
    Index("annotations_to_learn", "at", sqlite_where=_TO_LEARN, postgresql_where=_TO_LEARN),
)
"""People's decisions on replies: the draft as it stood, and what became of it. `revision` counts the changes of one,
`learnt` is the revision that was learnt from last."""

ratings = Table(
    "ratings",
    metadata,
    Column("message_id", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("rating", String(8), nullable=False),
    Column("comment", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("item", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    Column("why", String(200), nullable=False, server_default=""),
    Index("outbox_due", "status", "due_at"),
)
"""What leaves the house, written in the transaction in which it came to be: `item` is the message to mail, or the turn
to tell of. The key lets nothing be in it twice. No address and no customer's words stand here."""

interactions = Table(
    "interactions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("intent", String(64), nullable=False),
    Column("situation", String(128), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("source", String(128), nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("product_id", String(64)),
    Column("rests_on", JSON, nullable=False),
    Column("index_due", Boolean, nullable=False, server_default=false(), index=True),
)
"""`index_due`: the index has not heard of its last change yet."""

lessons = Table(
    "lessons",
    metadata,
    Column("annotation_id", ForeignKey("annotations.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("interaction_id", String(64), index=True),
    Column("replaces", String(64), index=True),
)
"""What each decision has taught; none is left of one that was taken back."""

pages = Table(
    "pages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("version", String(64), nullable=False),
)

passages = Table(
    "passages",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("page_id", ForeignKey("pages.id"), nullable=False),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("version", String(64), nullable=False),
)

manifests = Table(
    "manifests",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("content", JSON, nullable=False),
)

_ALONE = text("state IN ('shadow', 'canary', 'live')")

model_versions = Table(
    "model_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("task", String(32), nullable=False),
    Column("file", String(128), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("share", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("shipped", Boolean, nullable=False),
    Column("verdict", JSON),
    Index("model_versions_alone", "task", "state", unique=True, sqlite_where=_ALONE, postgresql_where=_ALONE),
)
"""One version at most of a task is in shadow, in canary, live."""

model_transitions = Table(
    "model_transitions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("version_id", ForeignKey("model_versions.id"), nullable=False, index=True),
    Column("before", String(16)),
    Column("after", String(16), nullable=False),
    Column("share", Integer, nullable=False),
    Column("by", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

supervisors = Table(
    "supervisors",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("display_name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", ForeignKey("supervisors.name"), nullable=False, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)
"""Under any name that somebody tried, known or not."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("by", String(64), nullable=False, index=True),
    Column("action", String(32), nullable=False),
    Column("item", String(160), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("refused", String(64)),
    Column("detail", String(200), nullable=False),
)

turn_claims = Table(
    "turn_claims",
    metadata,
    Column("turn_id", ForeignKey("turns.id"), primary_key=True),
    Column("by", String(64), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("by", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Among supervisors: in no stream and no transcript of a customer."""

conversation_reads = Table(
    "conversation_reads",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
)
"""Up to which message each supervisor has seen a conversation."""

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(100), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

review_outbox = Table(
    "review_outbox",
    metadata,
    Column("turn_id", ForeignKey("turns.id"), primary_key=True),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("state", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("error", Text),
    Column("delivered_at", DateTime(timezone=True)),
    Column("draft_id", String(16)),
    Column("draft_since", DateTime(timezone=True)),
    Column("review", String(16), nullable=False, server_default="open"),
    Column("unsettled", Boolean, nullable=False, server_default=false()),
)
"""Turns that people are to look at in Label Studio, one row each, written with the decision. `revision` grows whenever
the task has to say something else; `draft_id` is the draft that it shows, `draft_since` since when, by Label Studio's
clock."""

review_annotations = Table(
    "review_annotations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", Integer, nullable=False, index=True),
    Column("turn_id", String(64), index=True),
    Column("task_made_at", String(40), nullable=False),
    Column("by", String(254), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", Text),
    Column("opinion", JSON),
    Column("result", JSON),
)
"""What annotators said in Label Studio, as it was last seen there. `task_made_at` tells a task from another that has
its number; `turn_id` is None where it belongs to no turn of ours."""

webhook_inbox = Table(
    "webhook_inbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", Text),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
"""Work that one process at a time may do; a lease ends by itself when its holder died."""
