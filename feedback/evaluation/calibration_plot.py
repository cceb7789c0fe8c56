"""Two plots as SVG that need nothing but themselves: how far estimates hold, and what holding more replies buys."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment
from numpy.typing import NDArray

from app.domain.calibration import Step
from feedback.evaluation.metrics import Floats, wilson

_SIDE, _ROOM = 260, 46
_BINS = 8
_FEWEST = 5
"""Replies in a bin below which it is not drawn."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Replies of about the same estimate: how many there are, and how many of them were right."""

    estimated: float
    right: float
    low: float
    high: float
    count: int


def bins(probability: Floats, right: NDArray[np.bool_]) -> list[Bin]:
    """The replies in bins of equal size, the least sure first."""
    order = np.argsort(probability, kind="stable")
    found = []
    for part in np.array_split(order, _BINS):
        if len(part) >= _FEWEST:
            hits = int(right[part].sum())
            low, high = wilson(hits, len(part))
            found.append(Bin(float(probability[part].mean()), hits / len(part), low, high, len(part)))
    return found


def plot(probability: Floats, right: NDArray[np.bool_], steps: Sequence[Step], accepted: float, title: str) -> str:
    """Both plots as one picture."""
    most = max(0.02, 1.15 * max((step.risk_at_most for step in steps), default=0.02))
    return (
        Environment(autoescape=True)
        .from_string(_SVG)
        .render(
            title=title,
            side=_SIDE,
            room=_ROOM,
            bins=[
                (_x(each.estimated), _y(each.right), _y(each.low), _y(each.high), each)
                for each in bins(probability, right)
            ],
            risks=[(_x(step.sent), _y(step.risk / most), _y(step.risk_at_most / most)) for step in steps],
            accepted=_y(min(1.0, accepted / most)),
            accepted_share=f"{accepted:.0%}",
            most=f"{most:.0%}",
        )
    )


def _x(share: float) -> float:
    return round(_ROOM + share * _SIDE, 1)


def _y(share: float) -> float:
    return round(_ROOM + (1 - share) * _SIDE, 1)


_SVG = """<svg xmlns="http://www.w3.org/2000/svg" role="img"
 viewBox="0 0 {{ 2 * side + 4 * room }} {{ side + 2 * room }}" font-family="system-ui, sans-serif" font-size="11">
<title>{{ title }}</title>
<rect width="100%" height="100%" fill="#fff"/>
<g fill="none" stroke="#bbb"><path d="M{{ room }} {{ room }}v{{ side }}h{{ side }}"/>
<path d="M{{ room }} {{ room + side }}L{{ room + side }} {{ room }}" stroke-dasharray="4 4"/></g>
<text x="{{ room }}" y="{{ room - 14 }}" font-weight="600">Do estimates hold?</text>
<text x="{{ room }}" y="{{ room + side + 28 }}">estimate; upwards: how many were right</text>
{% for x, y, low, high, bin in bins %}<path d="M{{ x }} {{ low }}V{{ high }}" stroke="#4a78b5"/>
<circle cx="{{ x }}" cy="{{ y }}" r="4" fill="#4a78b5"><title>{{ bin.count }} replies</title></circle>
{% endfor %}
<g transform="translate({{ side + 2 * room }} 0)" fill="none" stroke="#4a78b5">
<path d="M{{ room }} {{ room }}v{{ side }}h{{ side }}" stroke="#bbb"/>
<path d="M{{ room }} {{ accepted }}h{{ side }}" stroke="#b3423a" stroke-dasharray="4 4"/>
<polyline stroke-width="2" points="{% for x, y, top in risks %}{{ x }},{{ y }} {% endfor %}"/>
<polyline stroke-dasharray="2 3" points="{% for x, y, top in risks %}{{ x }},{{ top }} {% endfor %}"/>
</g>
<g transform="translate({{ side + 2 * room }} 0)">
<text x="{{ room }}" y="{{ room - 14 }}" font-weight="600">What holding more buys</text>
<text x="{{ room }}" y="{{ room + side + 28 }}">sent at once; upwards: wrong among them</text>
<text x="{{ room - 6 }}" y="{{ room + 4 }}" text-anchor="end">{{ most }}</text>
<text x="{{ room + 4 }}" y="{{ accepted - 4 }}" fill="#b3423a">accepted: {{ accepted_share }}</text>
</g>
</svg>
"""
