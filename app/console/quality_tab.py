"""Quality: how well it goes over time, and which situations nobody has approved a reply for."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import gradio as gr
import pandas as pd

from app.console import quality_rows as rows
from app.console import words
from app.console.desk import QUIET, Desk, html, who
from app.console.markup import Html, joined, tag
from app.domain.quality import Coverage, Figures, FiguresAsked, Grain, Grouping

_SPANS = {"Last day": 1, "Last 7 days": 7, "Last 30 days": 30, "Last 90 days": 90}
_GROUPINGS = {"Everything": Grouping.NOTHING, "By question": Grouping.INTENT, "By situation": Grouping.SITUATION,
              "By model version": Grouping.MODEL}  # fmt: skip
_ALL = "All of them"
_GREEN, _AMBER, _BROWN, _RED, _BLUE = "#2f766e", "#c98a1b", "#8a5a2b", "#b3433a", "#3d6f94"
_HEIGHT = 220
_MOST_COVERAGE = 60
_LEAST_SHOWN = timedelta(days=7)
"""Days before the first figure are not drawn beyond these: the names of two days would stand on each other."""


class QualityTab:
    """The tab's components, and what happens in them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with gr.Column(elem_id="quality", elem_classes="scroll"):
            with gr.Row(elem_id="quality-filters"):
                self.span = gr.Dropdown(list(_SPANS), value="Last 30 days", label="Time", elem_id="f-span")
                self.grouping = gr.Dropdown(list(_GROUPINGS), value="Everything", label="Look at", elem_id="f-by")
                self.group = gr.Dropdown([_ALL], value=_ALL, label="Which", elem_id="f-which", interactive=True)
            self.tiles = html("", elem_id="quality-tiles")
            with gr.Row(elem_classes="plots"):
                self.volume = gr.BarPlot(
                    x="when", y="turns", color="decision", title="What became of questions",
                    color_map={rows.SENT: _GREEN, rows.HELD: _AMBER, rows.HANDED: _BROWN}, **_plot(""),
                )  # fmt: skip
                self.reasons = gr.BarPlot(
                    x="reason", y="times", title="Why a person had to look", sort="-y", **_plot("", angle=-30)
                )
            with gr.Row(elem_classes="plots"):
                self.settled = gr.BarPlot(
                    x="when", y="conversations", color="settled", title="Who settled conversations",
                    color_map={rows.ALONE: _GREEN, rows.HELPED: _BLUE, rows.BY_PERSON: _BROWN}, **_plot(""),
                )  # fmt: skip
                self.decided = gr.LinePlot(
                    x="when", y="share", color="what", title="Held replies: as they stood, and changed (%)",
                    color_map={"Sent as it stood": _GREEN, "Changed in edits": _AMBER}, y_lim=[0, 100], **_plot("%"),
                )  # fmt: skip
            with gr.Row(elem_classes="plots"):
                self.thumbs = gr.BarPlot(
                    x="when", y="thumbs", color="thumb", title="Thumbs",
                    color_map={"Thumb up": _GREEN, "Thumb down": _RED}, **_plot(""),
                )  # fmt: skip
                self.satisfaction = gr.LinePlot(
                    x="when", y="score", title="Satisfaction, 1 to 5", y_lim=[1, 5], **_plot("")
                )
                self.latency = gr.LinePlot(
                    x="when", y="seconds", color="which", title="Time to a decision (s)",
                    color_map={"Half of them within": _GREEN, "95 of 100 within": _AMBER}, **_plot("s"),
                )  # fmt: skip
            self.coverage = html("", elem_id="quality-coverage")
        self.plots = [
            self.tiles, self.volume, self.reasons, self.settled, self.decided, self.thumbs, self.satisfaction,
            self.latency, self.coverage,
        ]  # fmt: skip

    def connect(self, page: gr.Blocks, tab: gr.Tab) -> None:  # noqa: ARG002 - every tab is connected alike
        """What happens when."""
        asked = [self.span, self.grouping, self.group]
        tab.select(self.read, asked, self.plots, **QUIET)
        self.grouping.input(self.groups, [self.span, self.grouping], [self.group, *self.plots], **QUIET)
        for filter_ in (self.span, self.group):
            filter_.input(self.read, asked, self.plots, **QUIET)

    def groups(self, span: str, grouping: str, request: gr.Request) -> list[Any]:
        """What can be chosen now."""
        figures = self._figures(span, grouping)
        names = sorted({each.group for each in figures if each.group})
        choices = [_ALL, *((_name(name, grouping), name) for name in names)]
        return [gr.update(choices=choices, value=_ALL), *self.read(span, grouping, _ALL, request)]

    def read(self, span: str, grouping: str, group: str, request: gr.Request) -> list[Any]:
        """All figures of that time."""
        who(request)
        figures = self._figures(span, grouping)
        chosen = rows.by_group(figures, None if group == _ALL else group)
        house = self.desk.house
        since = house.now() - timedelta(days=_SPANS.get(span, 30))
        by_hour, now = _SPANS.get(span) == 1, house.now()
        begins = max(since, min([now - _LEAST_SHOWN, *(each.period for each in chosen)]))
        over: list[float | None] = [begins.timestamp(), (now + timedelta(hours=1 if by_hour else 24)).timestamp()]
        keys = [rule.key for rule in house.assistant.parts.playbook.rules()]
        return [
            _tiles(rows.tiles(chosen)),
            _bars(rows.decisions(chosen), "turns", over, by_hour=by_hour),
            _ranked(rows.reasons(chosen)),
            _bars(rows.settled(chosen), "conversations", over, by_hour=by_hour),
            _lines(rows.decided(chosen), over),
            _bars(rows.opinions(chosen), "thumbs", over, by_hour=by_hour),
            _lines(rows.satisfaction(chosen), over),
            _lines(rows.latency(chosen), over),
            _coverage(house.figures.coverage(keys, since)),
        ]

    def _figures(self, span: str, grouping: str) -> list[Figures]:
        now = self.desk.house.now()
        days = _SPANS.get(span, 30)
        asked = FiguresAsked(
            since=now - timedelta(days=days),
            until=now + timedelta(seconds=1),
            grain=Grain.HOUR if days == 1 else Grain.DAY,
            grouping=_GROUPINGS.get(grouping, Grouping.NOTHING),
        )
        return self.desk.house.figures.figures(asked, now)


def _plot(unit: str, angle: int = 0) -> dict[str, Any]:
    return {"x_title": " ", "y_title": unit or " ", "height": _HEIGHT, "x_label_angle": angle, "buttons": []}


def _bars(found: list[rows.Row], value: str, over: list[float | None], *, by_hour: bool) -> Any:  # noqa: ANN401
    """New bars over time; nothing where there is nothing to count."""
    highest = _highest(found, value)
    if not highest:
        return gr.BarPlot(value=None, visible=False)
    bin_, frame = "1h" if by_hour else "1d", pd.DataFrame(found)
    return gr.BarPlot(value=frame, x_bin=bin_, y_aggregate="sum", x_lim=over, y_lim=[0, highest], visible=True)


def _highest(found: list[rows.Row], value: str) -> float:
    """Of the stacked bars; a little more, so that whole numbers stand on the axis."""
    sums: Counter[Any] = Counter()
    for row in found:
        sums[row["when"]] += row[value]
    most = max(sums.values(), default=0)
    return _above(most) if most else 0


def _above(most: int) -> int:
    """Where an axis ends."""
    return max(4, math.ceil(most * 1.08))


def _ranked(found: list[rows.Row]) -> Any:  # noqa: ANN401
    most = max((row["times"] for row in found), default=0)
    return (
        gr.BarPlot(value=pd.DataFrame(found), y_lim=[0, _above(most)], visible=True)
        if most
        else gr.BarPlot(value=None, visible=False)
    )


def _lines(found: list[rows.Row], over: list[float | None]) -> Any:  # noqa: ANN401
    """New lines; nothing where there are not two moments to draw one between."""
    return (
        gr.LinePlot(value=pd.DataFrame(found), x_lim=over, visible=True)
        if len({row["when"] for row in found}) > 1
        else gr.LinePlot(value=None, visible=False)
    )


def _name(group: str, grouping: str) -> str:
    if grouping == "By situation":
        return words.situation(group)
    return words.readable(group) if grouping == "By question" else group


def _tiles(found: Sequence[tuple[str, str, str]]) -> Html:
    return tag(
        "dl",
        joined(tag("div", tag("dt", name), tag("dd", value), tag("dd", of, cls="of")) for name, value, of in found),
        cls="tiles",
    )


def _coverage(lines: Sequence[Coverage]) -> Html:
    bare = sum(line.usable == 0 for line in lines)
    title = (
        f"{words.count(bare, 'situation')} without an approved reply"
        if bare
        else "Every situation has an approved reply"
    )
    body = [
        tag(
            "tr",
            tag("td", words.situation(line.situation)),
            tag("td", line.asked, cls="number"),
            tag("td", line.usable or tag("span", "none yet", cls="pill held"), cls="number"),
        )
        for line in lines[:_MOST_COVERAGE]
    ]
    heads = ("Situation", "Asked", "Approved replies")
    return tag(
        "section",
        tag("h2", "What the playbook has replies for"),
        tag("p", title, cls="quiet"),
        tag(
            "table",
            tag("thead", tag("tr", joined(tag("th", head, scope="col") for head in heads))),
            tag("tbody", joined(body)),
        ),
        cls="card table",
    )
