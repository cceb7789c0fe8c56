"""Brings knowledge and past replies into SQL and the index, and keeps the two honest with each other.

Every step can be repeated: ids come from the content, what is there already stays as it is, and a reply that a person
approved is never approved again by an import.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.adapters.chroma_index import ChromaIndex
from app.adapters.sql.interactions import SqlInteractions
from app.adapters.sql.knowledge import SqlKnowledge
from app.domain.customer import Product
from app.domain.ids import ProductId
from app.domain.playbook import Playbook, SituationRule
from app.domain.retrieval import Interaction, InteractionStatus, PolicyPage, PolicyPassage
from app.domain.standing import problems, stands_on
from app.domain.voice import Voice
from app.errors import ConfigurationError
from ingestion.sources.interactions import PastCase, read_past_cases
from ingestion.sources.knowledge import read_pages

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Loader:
    """What an import writes to and checks against."""

    interactions: SqlInteractions
    knowledge: SqlKnowledge
    index: ChromaIndex
    voice: Voice
    read_playbook: Callable[[Sequence[PolicyPage]], Playbook]
    """Reads the playbook against these pages. Raises PlaybookError."""
    products: Sequence[Product] | None
    """None: the catalogue cannot be read, so what it says of a product is taken to be unchanged."""
    progress: Progress

    def bring_knowledge(self, folder: Path) -> int:
        """Replaces the policy pages; replies that rest on a changed page rest until they are checked again.

        Raises ConfigurationError, and replaces none then, when a page is wrong or the playbook needs one that is gone.
        """
        pages, passages = read_pages(folder)
        known = {page.id: page.version for page in self.knowledge.pages()}
        if known == {page.id: page.version for page in pages}:
            self.rest_outdated()
            return 0
        self.read_playbook(pages)
        self.knowledge.replace_pages(pages, passages)
        # Before the index is touched: should that fail, no reply is left at work that the pages do not bear out.
        self.rest_outdated()
        self.progress(f"Indexing {len(passages)} passages of {len(pages)} policy pages")
        self.index.replace_passages(passages)
        return len(pages)

    def bring_interactions(self, source: Path, approved_for: Mapping[str, str] | None = None) -> int:
        """Adds past cases. Raises ConfigurationError naming every reply that breaks a hard rule, and adds none then.

        `approved_for` holds the versions that the replies were read against before they were shipped; without it they
        count as approved for what holds now. A reply that rests, and was read again for a release, goes back to work.
        """
        items = self._checked(read_past_cases(source), approved_for or self.versions())
        known = self.interactions.by_id([item.id for item in items])
        fresh = [item for item in items if item.id not in known]
        read_again = [
            item
            for item in items
            if approved_for is not None
            and (old := known.get(item.id)) is not None
            and old.status is InteractionStatus.RESTING
            and old.rests_on != item.rests_on
        ]
        self.interactions.put(fresh)
        self.interactions.approve(read_again)
        self.rest_outdated()
        if changed := [item.id for item in (*fresh, *read_again)]:
            self.progress(f"Indexing {len(changed)} past replies")
            # As they stand now: some may have been read against what is outdated, and rest from the start.
            self.index.upsert(list(self.interactions.by_id(changed).values()))
        return len(fresh)

    def rest_outdated(self) -> list[Interaction]:
        """Lets replies rest that were approved for an earlier playbook, policy or product text."""
        versions = self.versions()
        if self.products is None:
            versions |= {
                name: version
                for item in self.interactions.all_interactions()
                for name, version in item.rests_on.items()
                if item.usable and name.startswith("product:")
            }
        rested = self.interactions.rest_outdated(versions)
        if rested:
            self.index.remove([item.id for item in rested])
            self.progress(f"{len(rested)} replies rest until they are checked again: handrail-ingest recheck")
        return rested

    def resting(self) -> list[Interaction]:
        """Replies that wait to be checked again."""
        return [item for item in self.interactions.all_interactions() if item.status is InteractionStatus.RESTING]

    def recheck(self, items: Sequence[Interaction]) -> tuple[list[Interaction], dict[str, list[str]]]:
        """Approves resting replies for what holds now, as a person has decided. The ones that break a hard rule stay
        at rest and come back with the reasons."""
        playbook, passages, versions = self.playbook(), self._passages(), self.versions()
        approved: list[Interaction] = []
        refused: dict[str, list[str]] = {}
        for item in items:
            rule = playbook.rule(item.situation)
            if rule is None:
                refused[item.id] = ["the playbook has no such situation any more"]
                continue
            rests_on = self._rests_on(rule, item.product_id, versions)
            reasons = [flag.detail for flag in problems(item.reply, rule, playbook, self.voice, passages)]
            reasons += [f"{name} cannot be found" for name, version in rests_on.items() if not version]
            if reasons:
                refused[item.id] = reasons
            else:
                approved.append(replace(item, status=InteractionStatus.APPROVED, rests_on=rests_on))
        self.interactions.approve(approved)
        self.index.upsert(approved)
        return approved, refused

    def reindex(self) -> tuple[int, int]:
        """Rebuilds the whole index from SQL. Returns how many replies and passages can be found."""
        self.index.start_over()
        usable = [item for item in self.interactions.all_interactions() if item.usable]
        self.progress(f"Indexing {len(usable)} past replies")
        self.index.upsert(usable)
        passages = self.knowledge.passages()
        self.progress(f"Indexing {len(passages)} policy passages")
        self.index.replace_passages(passages)
        return self.index.count(), self.index.count_passages()

    def versions(self) -> dict[str, str]:
        """The present version of everything a reply can rest on."""
        return {
            **{f"playbook:{rule.key}": rule.version for rule in self.playbook().rules()},
            **{f"policy:{page.id}": page.version for page in self.knowledge.pages()},
            **{f"product:{product.id}": product.version for product in self.products or ()},
        }

    def playbook(self) -> Playbook:
        """The playbook, read against the pages as they stand now."""
        return self.read_playbook(self.knowledge.pages())

    def _checked(self, cases: Sequence[PastCase], versions: Mapping[str, str]) -> list[Interaction]:
        playbook, passages = self.playbook(), self._passages()
        wrong: list[str] = []
        found: list[Interaction] = []
        products = {product.id for product in self.products or ()}
        for case in cases:
            rule = playbook.rule(case.situation)
            if rule is None:
                wrong.append(f"{case.where}: the playbook has no situation {case.situation}")
                continue
            if case.product is not None and case.product not in products:
                wrong.append(f"{case.where}: there is no product {case.product}")
                continue
            flags = problems(case.reply, rule, playbook, self.voice, passages)
            wrong += [f"{case.where}: {flag.detail}" for flag in flags]
            found.append(
                Interaction(
                    id=case.id,
                    intent=rule.intent,
                    situation=rule.key,
                    question=case.question,
                    reply=case.reply,
                    source=f"import:{case.where}",
                    product_id=case.product,
                    rests_on=self._rests_on(rule, case.product, versions),
                )
            )
        if wrong:
            raise ConfigurationError(f"{len(wrong)} problems, nothing was brought in:\n" + "\n".join(wrong))
        return found

    @staticmethod
    def _rests_on(rule: SituationRule, product: ProductId | None, versions: Mapping[str, str]) -> dict[str, str]:
        # What has no version here was not read against: such a reply rests from the start.
        return {name: versions.get(name, "") for name in stands_on(rule, product)}

    def _passages(self) -> dict[str, list[PolicyPassage]]:
        found: dict[str, list[PolicyPassage]] = {}
        for passage in self.knowledge.passages():
            found.setdefault(passage.page_id, []).append(passage)
        return found
