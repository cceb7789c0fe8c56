"""The console's page: header, tabs, and what keeps them live; and Gradio behind it."""

import asyncio
import os
from contextlib import AsyncExitStack

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported: nothing is sent anywhere

import gradio as gr
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.console.conversations_tab import ConversationsTab
from app.console.desk import Desk, html
from app.console.house import ConsoleHouse
from app.console.learnt_tab import LearntTab
from app.console.mount import AT
from app.console.quality_tab import QualityTab
from app.console.queue_tab import QueueTab
from app.console.theme import HEAD, theme
from app.console.try_tab import TryTab
from app.console.why_tab import WhyTab


def build(desk: Desk) -> gr.Blocks:
    """The page. Its parts are made first, then told of each other."""
    with gr.Blocks(title="Handrail", analytics_enabled=False, fill_width=True, fill_height=True) as page:
        header = html("", elem_id="top")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab("Queue", id="queue"):
                queue = QueueTab(desk)
            with gr.Tab("Conversations", id="conversations") as conversations_tab:
                conversations = ConversationsTab(desk)
            with gr.Tab("Why", id="why"):
                why = WhyTab(desk)
            with gr.Tab("Try", id="try"):
                trial = TryTab(desk)
            with gr.Tab("Learnt", id="learnt") as learnt_tab:
                learnt = LearntTab(desk)
            with gr.Tab("Quality", id="quality") as quality_tab:
                quality = QualityTab(desk)
        queue.connect(page, header, tabs, conversations, why)
        conversations.connect(page, conversations_tab, tabs, why)
        why.connect(page)
        trial.connect(page, why, desk.customers())
        learnt.connect(learnt_tab)
        quality.connect(page, quality_tab)
    return page  # type: ignore[no-any-return]


class GradioPage:
    """Gradio's application around the page."""

    def __init__(self, house: ConsoleHouse) -> None:
        self._desk = Desk.of(house)
        self._outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        gr.mount_gradio_app(
            self._outer,
            build(self._desk),
            AT,
            footer_links=[],
            run_history=False,
            show_error=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            max_file_size=1,
            theme=theme(),
            head=HEAD,
        )
        self._stack = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self._outer(scope, receive, send)

    async def open(self) -> None:
        """Starts what Gradio runs beside requests."""
        await self._stack.enter_async_context(self._outer.router.lifespan_context(self._outer))

    async def close(self) -> None:
        """Stops it."""
        self.end_streams()
        await self._stack.aclose()

    def stale(self) -> None:
        """Something happened: what is shown next is read anew."""
        self._desk.board.stale()

    def end_streams(self) -> None:
        """Ends the connections that browsers keep open."""
        for route in self._outer.routes:
            stop = getattr(getattr(route, "app", None), "stop_event", None)
            if isinstance(stop, asyncio.Event):
                stop.set()
