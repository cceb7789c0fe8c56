"""The roles that the pipeline leans on, each a small Protocol. Adapters fill them; `app.bootstrap` chooses which."""

from app.ports.conversations import ConversationStore, EventLog, HoldDeadlines, RatingStore, TurnRecords, TurnSteps
from app.ports.finding import (
    Clock,
    CustomerRecords,
    Encoder,
    IdGenerator,
    IntentClassifier,
    InteractionIndex,
    LanguageDetector,
    PassageIndex,
    Vectors,
)
from app.ports.guards import TextDetector
from app.ports.knowledge import InteractionStore, KnowledgeStore, ManifestStore
from app.ports.learning import AnnotationInbox, LessonStore
from app.ports.models import (
    ChatCompletion,
    ChatMessage,
    ChatModel,
    ChatRequest,
    MeaningCheck,
    ModelRegistry,
    ShadowModel,
    Verifier,
)
from app.ports.review import Leases, ReviewAnnotations, ReviewOutbox, WebhookInbox
from app.ports.supervision import (
    Annotations,
    AuditLog,
    CannedReplies,
    ConversationDesk,
    PasswordHasher,
    QualityFigures,
    SessionStore,
    SupervisionStore,
    SupervisorStore,
)

__all__ = [
    "AnnotationInbox",
    "Annotations",
    "AuditLog",
    "CannedReplies",
    "ChatCompletion",
    "ChatMessage",
    "ChatModel",
    "ChatRequest",
    "Clock",
    "ConversationDesk",
    "ConversationStore",
    "CustomerRecords",
    "Encoder",
    "EventLog",
    "HoldDeadlines",
    "IdGenerator",
    "IntentClassifier",
    "InteractionIndex",
    "InteractionStore",
    "KnowledgeStore",
    "LanguageDetector",
    "Leases",
    "LessonStore",
    "ManifestStore",
    "MeaningCheck",
    "ModelRegistry",
    "PassageIndex",
    "PasswordHasher",
    "QualityFigures",
    "RatingStore",
    "ReviewAnnotations",
    "ReviewOutbox",
    "SessionStore",
    "ShadowModel",
    "SupervisionStore",
    "SupervisorStore",
    "TextDetector",
    "TurnRecords",
    "TurnSteps",
    "Vectors",
    "Verifier",
    "WebhookInbox",
]
