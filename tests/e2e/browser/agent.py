"""A support agent at work, over the supervision endpoints."""

from types import TracebackType

import httpx

AGENT_TOKEN = "sams-token-for-these-tests"


class Agent:
    """Sam."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=f"{url}/v1/supervision", headers={"authorization": f"Bearer {AGENT_TOKEN}"}, timeout=20
        )

    def __enter__(self) -> "Agent":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def does(self, conversation_id: str, action: str, **body: str) -> None:
        """take-over, messages, hand-back, resolve."""
        self._client.post(f"/conversations/{conversation_id}/{action}", json=body).raise_for_status()

    def transcript(self, conversation_id: str) -> list[tuple[str, str]]:
        """Who said what."""
        response = self._client.get(f"/conversations/{conversation_id}")
        response.raise_for_status()
        return [(message["author"], message["text"]) for message in response.json()["messages"]]

    def last_asked(self, text: str) -> str:
        """The conversation in which somebody waits with these words."""
        response = self._client.get("/waiting", params={"limit": 200})
        response.raise_for_status()
        found = [
            item["conversation_id"]
            for item in response.json()["items"]
            if any(message["text"] == text for message in item["asked"])
        ]
        return str(found[-1])
