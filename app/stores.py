"""Handrail's own database in its roles: a part of the composition root that every process needs, models or not."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine

from app.adapters.sql.audit import SqlAuditLog
from app.adapters.sql.conversations import SqlConversations
from app.adapters.sql.database import open_database
from app.adapters.sql.decisions import SqlDecisions
from app.adapters.sql.desk import SqlDesk
from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.knowledge import SqlKnowledge
from app.adapters.sql.leases import SqlLeases
from app.adapters.sql.lessons import SqlAnnotationInbox, SqlLessons
from app.adapters.sql.models import SqlModels
from app.adapters.sql.outbox import SqlOutbox
from app.adapters.sql.people import SqlPeople
from app.adapters.sql.quality import SqlQuality
from app.adapters.sql.review_annotations import SqlReviewAnnotations
from app.adapters.sql.review_outbox import SqlReviewOutbox
from app.adapters.sql.silence import SqlSilence
from app.adapters.sql.supervision import SqlSupervision
from app.adapters.sql.turns import SqlTurns
from app.adapters.sql.webhook_inbox import SqlWebhookInbox
from app.pipeline.assistant import Memory
from app.settings import Settings


@dataclass(frozen=True)
class Stores:
    """Handrail's own database in its roles."""

    engine: Engine
    announces: bool = False
    """Whether others are told of what begins to wait for a person."""

    @cached_property
    def conversations(self) -> SqlConversations:
        """Conversations, messages, records, events."""
        return SqlConversations(self.engine)

    @cached_property
    def turns(self) -> SqlTurns:
        """The steps of turns."""
        return SqlTurns(self.engine, announces=self.announces)

    @cached_property
    def supervision(self) -> SqlSupervision:
        """What people do in conversations, and what customers think of them."""
        return SqlSupervision(self.engine, announces=self.announces)

    @cached_property
    def decisions(self) -> SqlDecisions:
        """What supervisors decided, to be learnt from."""
        return SqlDecisions(self.engine)

    @cached_property
    def annotation_inbox(self) -> SqlAnnotationInbox:
        """Decisions that are made elsewhere."""
        return SqlAnnotationInbox(self.engine)

    @cached_property
    def lessons(self) -> SqlLessons:
        """What was learnt from decisions."""
        return SqlLessons(self.engine)

    @cached_property
    def review_outbox(self) -> SqlReviewOutbox:
        """Turns on their way to Label Studio."""
        return SqlReviewOutbox(self.engine)

    @cached_property
    def review_annotations(self) -> SqlReviewAnnotations:
        """What annotators said there."""
        return SqlReviewAnnotations(self.engine)

    @cached_property
    def webhook_inbox(self) -> SqlWebhookInbox:
        """What Label Studio tells us by itself."""
        return SqlWebhookInbox(self.engine)

    @cached_property
    def leases(self) -> SqlLeases:
        """Work that one process at a time may do."""
        return SqlLeases(self.engine)

    @cached_property
    def desk(self) -> SqlDesk:
        """What supervisors look for, and what they keep beside the conversations."""
        return SqlDesk(self.engine)

    @cached_property
    def people(self) -> SqlPeople:
        """Who may sign in, and who is signed in."""
        return SqlPeople(self.engine)

    @cached_property
    def audit(self) -> SqlAuditLog:
        """What supervisors did, and what was refused to them."""
        return SqlAuditLog(self.engine)

    @cached_property
    def quality(self) -> SqlQuality:
        """How well it goes."""
        return SqlQuality(self.engine)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """What leaves the house."""
        return SqlOutbox(self.engine)

    @cached_property
    def silence(self) -> SqlSilence:
        """Conversations in which nobody has said anything for long."""
        return SqlSilence(self.engine)

    @property
    def memory(self) -> Memory:
        """Where the assistant keeps what is said and decided."""
        return Memory(self.conversations, self.turns, self.conversations)

    @cached_property
    def interactions(self) -> SqlInteractions:
        """Past questions and approved replies."""
        return SqlInteractions(self.engine)

    @cached_property
    def models(self) -> SqlModels:
        """Versions of the model, and where each stands."""
        return SqlModels(self.engine)

    @cached_property
    def knowledge(self) -> SqlKnowledge:
        """Policy pages, passages and manifests."""
        return SqlKnowledge(self.engine)


def open_stores(settings: Settings) -> Stores:
    """Opens, and where needed creates, Handrail's own database."""
    return Stores(open_database(settings.store_url), announces=bool(settings.hold_webhook_url))
