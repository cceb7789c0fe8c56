"""Policy pages, their passages, and the manifests of what was brought in, in SQL."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, delete, insert, select

from app.adapters.sql.database import writing
from app.adapters.sql.schema import manifests, pages, passages
from app.domain.ids import PageId
from app.domain.retrieval import PolicyPage, PolicyPassage


class SqlKnowledge:
    """Fills the roles of `KnowledgeStore` and `ManifestStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace_pages(self, new_pages: Sequence[PolicyPage], new_passages: Sequence[PolicyPassage]) -> None:
        """Makes these, and only these, the knowledge, in one transaction."""
        with writing(self._engine) as connection:
            connection.execute(delete(passages))
            connection.execute(delete(pages))
            for page in new_pages:
                connection.execute(
                    insert(pages).values(
                        id=page.id, title=page.title, text=page.text, facts=dict(page.facts), version=page.version
                    )
                )
            for passage in new_passages:
                connection.execute(
                    insert(passages).values(
                        id=passage.id,
                        page_id=passage.page_id,
                        title=passage.title,
                        text=passage.text,
                        version=passage.version,
                    )
                )

    def pages(self) -> list[PolicyPage]:
        """Every page, by id."""
        with self._engine.connect() as connection:
            return [
                PolicyPage(PageId(row.id), row.title, row.text, row.facts, row.version)
                for row in connection.execute(select(pages).order_by(pages.c.id))
            ]

    def passages(self) -> list[PolicyPassage]:
        """Every passage, by id."""
        with self._engine.connect() as connection:
            return [
                PolicyPassage(row.id, PageId(row.page_id), row.title, row.text, row.version)
                for row in connection.execute(select(passages).order_by(passages.c.id))
            ]

    def manifest(self, name: str) -> Mapping[str, str] | None:
        """None when nothing was brought in under this name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(manifests.c.content).where(manifests.c.name == name)).first()
        return row.content if row else None

    def keep_manifest(self, name: str, content: Mapping[str, str]) -> None:
        """Replaces it."""
        with writing(self._engine) as connection:
            connection.execute(delete(manifests).where(manifests.c.name == name))
            connection.execute(insert(manifests).values(name=name, content=dict(content)))
