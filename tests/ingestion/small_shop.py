"""A shop small enough to read whole: two policy pages, four situations, five past replies, one product, as files."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import Engine

from app.adapters.chroma_index import ChromaIndex
from app.adapters.memory_encoder import HashingEncoder
from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.knowledge import SqlKnowledge
from app.domain.retrieval import Interaction
from app.playbook.loader import load_playbook
from app.playbook.phrases import load_voice
from ingestion.load import Loader
from tests.builders import KETTLE

RETURNS = """---
id: returns
title: Returns
facts:
  return_days: 30 days
---
An order can be sent back within {return_days} of delivery.

## How to return an item

Open "My orders" and select "Return an item".
"""
DELIVERY = """---
id: delivery
title: Delivery
facts:
  standard_days: 3 to 5 days
---
Standard delivery takes {standard_days}.
"""
CLAIMS = r"""
statements:
  delivered:
    says: the parcel has arrived
    patterns: ['\bhas arrived\b']
    true_when: [{shipment: delivered}]
actions:
  returned: {says: a return was started, patterns: ['\bI have started\b'], true_when: []}
promises: {}
"""
INTENTS = {
    "check_refund_policy": """
about: shop
situations:
  policy: {means: Say how long things can be sent back., must_mention: [return_days], policies: [returns]}
""",
    "delivery_options": """
about: shop
situations:
  list: {means: Say how long delivery takes., must_mention: [standard_days], policies: [delivery]}
""",
    "track_order": """
about: order
situations:
  late: {when: {shipment: late}, means: The parcel comes later than promised., must_mention: [order_id]}
""",
    "product_question": """
about: product
situations:
  in_stock: {when: {stock: in_stock}, means: The product is in stock., must_mention: [product], policies: [delivery]}
""",
}
PAST = {
    "check_refund_policy": """intent: check_refund_policy
situations:
  policy:
    - question: can I send things back
      reply: You can send it back within {return_days} of delivery.
    - question: how many days do I have to return something, my number is LF-10482
      reply: You have 30 days, which is {return_days} counted from delivery.
""",
    "delivery_options": """intent: delivery_options
situations:
  list:
    - question: how long does delivery take
      reply: Standard delivery takes {standard_days}.
""",
    "track_order": """intent: track_order
situations:
  late:
    - question: where is my parcel
      reply: Your order {order_id} is late.
""",
    "product_question": f"""intent: product_question
situations:
  in_stock:
    - question: is the kettle in stock
      reply: The {{product}} is in stock.
      product: {KETTLE.id}
""",
}
RETURN_REPLIES = 2
REPLIES = 5


@dataclass(frozen=True)
class Files:
    """The shop's files below one folder."""

    root: Path

    @property
    def pages(self) -> Path:
        return self.root / "pages"

    @property
    def past(self) -> Path:
        return self.root / "past"

    @property
    def playbook(self) -> Path:
        return self.root / "playbook"

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces words that stand in a file once."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def shorten_returns(self) -> None:
        """The policy goes from 30 days to 14."""
        self.edit("pages/returns.md", "30 days", "14 days")


def write_files(root: Path, voice: str) -> Files:
    """All of the shop's files; `voice` is the brand's."""
    files = Files(root)
    texts = {
        "pages/returns.md": RETURNS,
        "pages/delivery.md": DELIVERY,
        "playbook/claims.yaml": CLAIMS,
        "playbook/gates.yaml": "{}\n",
        "playbook/voice.yaml": voice,
        **{
            f"playbook/intents/{name}.yaml": f"intent: {name}\ntitle: A question\nfamily: shop\nrisk: low{text}"
            for name, text in INTENTS.items()
        },
        **{f"past/{name}.yaml": text for name, text in PAST.items()},
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert all(yaml.safe_load(text) is not None for name, text in texts.items() if name.endswith(".yaml"))
    return files


@dataclass
class Shop:
    """A loader over the files, with real stores and a real index; `said` is what it told the operator."""

    files: Files
    engine: Engine
    folder: Path
    loader: Loader
    said: list[str]

    def bring_all(self) -> tuple[int, int]:
        """Pages, then past replies."""
        return self.loader.bring_knowledge(self.files.pages), self.loader.bring_interactions(self.files.past)

    def contents(self) -> tuple[object, ...]:
        """Everything in the database and in the index that an import could change."""
        index, knowledge = self.loader.index, self.loader.knowledge
        found = tuple(
            sorted((hit.interaction.id, hit.score) for hit in index.search(question, limit=20))
            for question in ("where is my parcel", "can I send things back")
        )
        passages = index.search_passages("send it back", limit=20)
        counts = (index.count(), index.count_passages())
        return (
            self.loader.interactions.all_interactions(),
            knowledge.pages(),
            knowledge.passages(),
            counts,
            found,
            passages,
        )

    def replies(self, situation: str) -> list[Interaction]:
        """Those in the database."""
        return [item for item in self.loader.interactions.all_interactions() if item.situation == situation]

    def found(self, situation: str) -> list[Interaction]:
        """Those that a search finds."""
        hits = self.loader.index.search("can I send things back", situation=situation, limit=20)
        return [hit.interaction for hit in hits]


def open_shop(files: Files, engine: Engine, folder: Path) -> Shop:
    """The stores in `engine`, the index in `folder`."""
    interactions, knowledge = SqlInteractions(engine), SqlKnowledge(engine)
    said: list[str] = []
    loader = Loader(
        interactions=interactions,
        knowledge=knowledge,
        index=ChromaIndex(folder, HashingEncoder(), interactions.by_id, knowledge.passages),
        voice=load_voice(files.playbook),
        read_playbook=lambda pages: load_playbook(files.playbook, {page.id: frozenset(page.facts) for page in pages}),
        products=(KETTLE,),
        progress=said.append,
    )
    return Shop(files, engine, folder, loader, said)
