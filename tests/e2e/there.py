"""A project of its own in a real Label Studio, and Handrail's side of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from app.adapters.sql.schema import annotations
from app.adapters.system import SystemClock
from app.settings import Settings
from app.stores import Stores
from feedback.annotation.label_studio import LabelStudio
from feedback.annotation.loop import Loop
from feedback.annotation.raw import RawTask
from feedback.annotation.server import LabelStudioServer

NOWHERE = "http://127.0.0.1:9/"
SECRET = "between the two of them"


@dataclass
class There:
    """Our side and theirs, with a project of this test alone."""

    settings: Settings
    stores: Stores
    tool: LabelStudio
    http: httpx.Client
    loop: Loop
    project: int

    def tasks(self) -> list[RawTask]:
        return self.tool.tasks_of(self.project, {f"turn_{number}" for number in range(1, 20)})

    def annotate(self, task: RawTask, result: list[dict[str, Any]], by: int | None = None) -> int:
        body = {"result": result} | ({"completed_by": by} if by else {})
        response = self.http.post(f"/api/tasks/{task.id}/annotations/", json=body)
        response.raise_for_status()
        number: int = response.json()["id"]
        return number

    def annotator(self, name: str) -> int:
        """Somebody else who annotates."""
        people = {email: number for number, email in self.tool.people().items()}
        email = f"{name}@example.com"
        if email not in people:
            made = self.http.post("/api/users/", json={"email": email, "username": name, "password": "Long enough 1"})
            people[email] = made.json()["id"]
        return people[email]

    def kept(self) -> list[Any]:
        """Annotations that stand, as the learning side finds them."""
        with self.stores.engine.connect() as connection:
            return list(connection.execute(select(annotations).where(annotations.c.withdrawn_at.is_(None))))

    def reasons(self) -> dict[str, int]:
        return dict(self.stores.review_annotations.counts().quarantined_because)


Arrange = Callable[..., There]


@contextmanager
def a_project(server: LabelStudioServer, stores: Stores, webhook_url: str, **settings: Any) -> Iterator[There]:  # noqa: ANN401
    """Sets it up on these stores, and takes it away afterwards."""
    own = Settings(
        store_name=f"Shop {os.urandom(6).hex()}",
        label_studio_url=server.url,
        label_studio_token=SecretStr(server.settings["HANDRAIL_LABEL_STUDIO_TOKEN"]),
        label_studio_webhook_secret=SecretStr(SECRET),
        **settings,
    )
    token = own.label_studio_token.get_secret_value()
    headers = {"authorization": f"Token {token}"}
    tool = LabelStudio(own.label_studio_url, token, 60)
    with httpx.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False) as http:
        loop = Loop(own, stores, SystemClock(), tool)
        project, fresh = loop.projects.set_up(webhook_url, SECRET)
        assert fresh
        yield There(own, stores, tool, http, loop, project.id)
        http.delete(f"/api/projects/{project.id}/")
    tool.close()
