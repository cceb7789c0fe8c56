"""A chain that learns: the shop of `tests.pipeline.chain` on its own database, in which past replies are found."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from app.adapters.sql.lexical import LexicalIndex
from app.domain.ids import CustomerId
from app.domain.lessons import Lesson
from app.domain.reply import Delivery
from app.domain.retrieval import Interaction
from app.domain.supervision import Annotation, UseAgain, Verdict
from app.domain.turn import TurnRecord
from app.learning.learner import Learner
from app.pipeline.assistant import Assistant
from app.ports import ChatModel
from app.stores import Stores
from tests.builders import NOW
from tests.pipeline.chain import APPROVED, PASSAGES, PLAYBOOK, approved, build_parts

LATE = "track_order/late"
BETTER = "I am sorry that you have to wait. {order_id} is {days_late} late and now expected on {delivery_date}."


@dataclass
class School:
    """Customers ask, people decide, and the assistant learns."""

    engine: Engine
    model: ChatModel | None = None
    past: Sequence[tuple[str, str]] = APPROVED
    stores: Stores = field(init=False)
    assistant: Assistant = field(init=False)
    learner: Learner = field(init=False)

    def __post_init__(self) -> None:
        self.stores = Stores(self.engine)
        parts = build_parts(model=self.model)
        rests_on = {LATE: {f"playbook:{LATE}": PLAYBOOK.rule(LATE).version}}  # type: ignore[union-attr]
        asked = {"product_question/in_stock": "tell me about the kettle"}
        self.stores.interactions.put(
            [
                approved(key, text, asked.get(key, "where is my parcel"), rests_on=rests_on.get(key, {}))
                for key, text in self.past
            ]
        )
        self.stores.knowledge.replace_pages(list(parts.knowledge.pages.values()), PASSAGES)
        index = LexicalIndex(self.stores.interactions.all_interactions, self.stores.knowledge.passages)
        self.assistant = Assistant(replace(parts, interactions=index), self.stores.memory)
        self.learner = Learner(
            self.stores.lessons, self.stores.interactions, self.stores.knowledge, self.assistant.parts_now
        )

    def asks(self, text: str, customer: str | None = "C-1") -> TurnRecord:
        """In a conversation of its own."""
        conversation = self.assistant.start(CustomerId(customer) if customer else None)
        return self.assistant.reply_to(conversation.id, [text]).record

    def decided(self, record: TurnRecord, verdict: Verdict, name: str = "a1", **changes: Any) -> Annotation:  # noqa: ANN401
        """What somebody says of the reply; not learnt yet."""
        annotation = replace(
            Annotation(name, record.id, "", verdict, "Sam", NOW + timedelta(minutes=1)),
            **({"use_again": UseAgain.EVERY_SUCH_CASE} | changes),
        )
        draft = record.proposed.text if record.proposed else ""
        self.stores.annotation_inbox.keep(annotation, draft, "console")
        return annotation

    def teaches(self, record: TurnRecord, verdict: Verdict, name: str = "a1", **changes: Any) -> Lesson:  # noqa: ANN401
        """Decides, has it learnt, and gives the one lesson of it."""
        annotation = self.decided(record, verdict, name, **changes)
        assert self.learner.learn() == 1
        [lesson] = self.stores.lessons.lessons_of(annotation.id)
        return lesson

    def corrects(self, record: TurnRecord, text: str, name: str = "a1", **changes: Any) -> Lesson:  # noqa: ANN401
        """Says it better for every such case."""
        return self.teaches(record, Verdict.EDIT, name, text=text, **changes)

    def takes_back(self, name: str = "a1") -> None:
        """And has that learnt too."""
        self.stores.annotation_inbox.withdraw(name, NOW + timedelta(minutes=2))
        assert self.learner.learn() == 1

    def past_reply(self, key: str | None) -> Interaction:
        """As it stands now."""
        [item] = [item for item in self.stores.interactions.all_interactions() if item.id == key]
        return item

    def uses(self, record: TurnRecord) -> str:
        """Which past reply went into a reply that was sent."""
        assert record.decision.delivery is Delivery.SEND
        chosen = record.situations[0].chosen
        assert chosen is not None
        return chosen.source
