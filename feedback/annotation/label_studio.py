"""Label Studio over HTTP: the one place that speaks its API.

Its own SDK is left out on purpose (docs/decisions/0016): a dozen requests do not need its forty packages. What comes
back is checked on the way in. Two kinds of failure matter: the server is not there, which says nothing about a task,
and the server refuses a task.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.errors import ConfigurationError, DependencyDown, HandrailError
from feedback.annotation.raw import RawTask, TaskLine
from feedback.annotation.task import TaskBody

TIMEOUT_S = 15.0
"""Longest that one request may take; a lease has to outlive it."""
_PAGE = 100
_UNAVAILABLE = frozenset({429, 502, 503, 504})
_ACTIONS = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED")
_Model = TypeVar("_Model")


class LabelStudioDown(DependencyDown):
    """Label Studio cannot be reached, or is busy."""

    code = "label_studio_down"


class Refused(HandrailError):
    """Label Studio answers, and will not do it."""

    code = "label_studio_refused"
    status = 502


class _Project(BaseModel):
    id: int
    title: str
    created_at: datetime
    model_version: str | None = None


class _Person(BaseModel):
    id: int
    email: str


class _Webhook(BaseModel):
    id: int
    url: str
    project: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The project that holds our tasks."""

    id: int
    made_at: str
    """Tells it from one of the same number in a database that was made anew."""
    model_version: str | None


class LabelStudio:
    """A client of one server, with one person's token."""

    def __init__(self, url: str, token: str, timeout_s: float = TIMEOUT_S) -> None:
        if not url or not token:
            raise ConfigurationError("set HANDRAIL_LABEL_STUDIO_URL and HANDRAIL_LABEL_STUDIO_TOKEN first")
        self._client = httpx.Client(
            base_url=url.rstrip("/"), headers={"authorization": f"Token {token}"}, timeout=timeout_s, trust_env=False
        )

    def close(self) -> None:
        """Lets the connections go."""
        self._client.close()

    def whoami(self) -> str:
        """The e-mail address of the person whose token it is. Raises LabelStudioDown, Refused."""
        return self._read(_Person, "GET", "/api/current-user/whoami").email

    def people(self) -> dict[int, str]:
        """Everybody's e-mail address by number. Raises LabelStudioDown, Refused."""
        return {each.id: each.email for each in self._read(list[_Person], "GET", "/api/users/")}

    # The project

    def find_project(self, title: str) -> Project | None:
        """The oldest one of this title. Raises LabelStudioDown, Refused."""
        found: list[_Project] = []
        page = 1
        while True:
            answer = self._ask("GET", "/api/projects/", params={"page": page, "page_size": 100})
            found += [each for each in _checked(list[_Project], answer["results"]) if each.title == title]
            if not answer.get("next"):
                break
            page += 1
        return _project(min(found, key=lambda each: each.id)) if found else None

    def create_project(self, settings: Mapping[str, Any]) -> Project:
        """Raises LabelStudioDown, Refused."""
        return _project(self._read(_Project, "POST", "/api/projects/", json=dict(settings)))

    def change_project(self, project: int, settings: Mapping[str, Any]) -> None:
        """Raises LabelStudioDown, Refused: also for a label config that annotations stand in the way of."""
        self._ask("PATCH", f"/api/projects/{project}", json=dict(settings))

    def set_webhook(self, project: int, url: str, headers: Mapping[str, str]) -> None:
        """One webhook of this project, and only this one. Raises LabelStudioDown, Refused."""
        wanted = {
            "project": project,
            "url": url,
            "headers": dict(headers),
            "send_payload": True,
            "send_for_all_actions": False,
            "actions": list(_ACTIONS),
            "is_active": True,
        }
        there = self._read(list[_Webhook], "GET", "/api/webhooks/", params={"project": project})
        own = [each for each in there if each.project == project]
        for each in own[1:]:
            self._ask("DELETE", f"/api/webhooks/{each.id}/")
        if own:
            self._ask("PATCH", f"/api/webhooks/{own[0].id}/", json=wanted)
        else:
            self._ask("POST", "/api/webhooks/", json=wanted)

    # Tasks

    def create(self, project: int, tasks: Sequence[tuple[TaskBody, Sequence[Mapping[str, Any]]]]) -> None:
        """All of them or none, each with annotations that it had before. Raises LabelStudioDown, Refused."""
        rows = [
            {
                "data": body.data,
                "meta": {"external_id": body.external_id},
                "predictions": [_prediction(body)],
                "annotations": list(annotations),
            }
            for body, annotations in tasks
        ]
        self._ask("POST", f"/api/projects/{project}/import", json=rows)

    def change(self, task: RawTask, body: TaskBody) -> datetime:
        """Gives since when it says so, by the server's clock. Raises LabelStudioDown, Refused."""
        changed = self._read(RawTask, "PATCH", f"/api/tasks/{task.id}", json={"data": body.data})
        return changed.updated_at or changed.created_at

    def predict_anew(self, task: RawTask, body: TaskBody) -> None:
        """Replaces what was prelabelled. Raises LabelStudioDown, Refused."""
        for each in self._ask("GET", "/api/predictions/", params={"task": task.id}):
            self._ask("DELETE", f"/api/predictions/{each['id']}/")
        self._ask("POST", "/api/predictions/", json={"task": task.id, **_prediction(body)})

    def remove(self, task: int) -> None:
        """Raises LabelStudioDown, Refused."""
        self._ask("DELETE", f"/api/tasks/{task}")

    def tasks_of(self, project: int, external_ids: Collection[str]) -> list[RawTask]:
        """Every task about these turns, with its annotations; the oldest first. Raises LabelStudioDown, Refused."""
        if not external_ids:
            return []
        wanted = ("data.external_id", "in_list", "List", sorted(external_ids))
        return list(self._walk(project, [wanted], ordering="tasks:id"))

    def changed_since(self, project: int, since: datetime) -> Iterator[list[RawTask]]:
        """Tasks that were made or changed since then, or whose annotations were, in the order of the last change.

        Each page begins at the last moment of the one before: walking by page numbers would step over what moves to
        the end meanwhile. What is at the seam comes twice.
        """
        size, seen = _PAGE, frozenset[tuple[int, datetime | None]]()
        while True:
            changed = ("updated_at", "greater_or_equal", "Datetime", _moment(since))
            page = self._page(project, [changed], "tasks:updated_at", 1, size)
            fresh = [task for task in page if (task.id, task.updated_at) not in seen]
            if fresh:
                yield fresh
            if len(page) < size:
                return
            last = page[-1].updated_at
            if last is None or last == since:
                size *= 2  # more tasks of one very moment than a page holds
            else:
                since = last
            seen = frozenset((task.id, task.updated_at) for task in page)

    def all_tasks(self, project: int) -> Iterator[TaskLine]:
        """Every task, in few words. Raises LabelStudioDown, Refused."""
        page = 1
        while True:
            params = _params(project, [], "tasks:id", page, 5 * _PAGE) | {
                "fields": "task_only",
                "include": "id,created_at,meta,total_annotations",
            }
            lines = _checked(list[TaskLine], self._tasks(params))
            yield from lines
            if len(lines) < 5 * _PAGE:
                return
            page += 1

    def _walk(self, project: int, filters: Sequence[tuple[str, str, str, Any]], ordering: str) -> Iterator[RawTask]:
        page = 1
        while True:
            tasks = self._page(project, filters, ordering, page, _PAGE)
            yield from tasks
            if len(tasks) < _PAGE:
                return
            page += 1

    def _page(
        self, project: int, filters: Sequence[tuple[str, str, str, Any]], ordering: str, page: int, size: int
    ) -> list[RawTask]:
        params = _params(project, filters, ordering, page, size) | {"fields": "all"}
        return _checked(list[RawTask], self._tasks(params))

    def _tasks(self, params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - checked by the caller
        """A page beyond the last is an error of theirs, and an end of ours."""
        response = self._send("GET", "/api/tasks", params=params)
        if response.status_code == httpx.codes.NOT_FOUND and params["page"] > 1:
            return []
        return _answer(response)["tasks"]

    def _read(self, kind: type[_Model], method: str, path: str, **sent: Any) -> _Model:  # noqa: ANN401
        return _checked(kind, self._ask(method, path, **sent))

    def _ask(self, method: str, path: str, **sent: Any) -> Any:  # noqa: ANN401
        return _answer(self._send(method, path, **sent))

    def _send(self, method: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401
        try:
            response = self._client.request(method, path, **sent)
        except httpx.HTTPError as error:
            raise LabelStudioDown(f"{method} {path}: {type(error).__name__}") from error
        if response.status_code in _UNAVAILABLE:
            raise LabelStudioDown(f"{method} {path}: {response.status_code}")
        return response


def _answer(response: httpx.Response) -> Any:  # noqa: ANN401 - checked by the caller
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise ConfigurationError("Label Studio does not accept HANDRAIL_LABEL_STUDIO_TOKEN")
    if response.is_error:
        # The answer may quote what was sent: only its kind is told.
        raise Refused(f"{response.request.method} {response.request.url.path}: {response.status_code}")
    if not response.content:
        return None
    try:
        return response.json()
    except json.JSONDecodeError as error:
        raise LabelStudioDown(f"{response.request.url.path} does not answer in JSON") from error


def _checked(kind: type[_Model], answer: object) -> _Model:
    try:
        return TypeAdapter(kind).validate_python(answer)
    except ValidationError as error:
        raise Refused(f"Label Studio answers otherwise than expected: {error.error_count()} fields") from error


def _params(
    project: int, filters: Sequence[tuple[str, str, str, Any]], ordering: str, page: int, size: int
) -> dict[str, Any]:
    items = [
        {"filter": f"filter:tasks:{name}", "operator": operator, "type": kind, "value": value}
        for name, operator, kind, value in filters
    ]
    query = {"filters": {"conjunction": "and", "items": items}, "ordering": [ordering]}
    return {"project": project, "page": page, "page_size": size, "query": json.dumps(query)}


def _prediction(body: TaskBody) -> dict[str, Any]:
    result = [
        {"from_name": name, "to_name": "draft", "type": "choices", "value": {"choices": [value]}}
        for name, value in body.labels.items()
    ]
    return {"model_version": body.model_version, "score": body.score, "result": result}


def _project(found: _Project) -> Project:
    return Project(found.id, found.created_at.astimezone(UTC).isoformat(), found.model_version)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
