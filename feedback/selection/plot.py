"""Curves with their intervals as an SVG that needs nothing but itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment

_WIDE, _HIGH, _ROOM = 460, 280, 52
_COLOURS = ("#2a7d4f", "#8a8a8a")


@dataclass(frozen=True, slots=True)
class Line:
    """One way: (share of the labels, (mean, lowest, highest) accuracy) for each measurement."""

    name: str
    points: list[tuple[float, tuple[float, float, float]]]


def plot(title: str, lines: Sequence[Line], target: float, target_name: str) -> str:
    """Shares of the labels to the right, accuracy upwards, a dashed line at the target."""
    right = max(share for line in lines for share, _ in line.points)
    lowest = min(low for line in lines for _, (_, low, _) in line.points)

    def x(share: float) -> float:
        return round(_ROOM + share / right * _WIDE, 1)

    def y(accuracy: float) -> float:
        return round(_ROOM + (1 - accuracy) / (1 - lowest) * _HIGH, 1)

    drawn = [
        (
            line.name,
            _COLOURS[place % len(_COLOURS)],
            [(x(share), y(mean), y(min(1.0, low)), y(min(1.0, high))) for share, (mean, low, high) in line.points],
        )
        for place, line in enumerate(lines)
    ]
    return (
        Environment(autoescape=True)
        .from_string(_SVG)
        .render(
            title=title,
            wide=_WIDE,
            high=_HIGH,
            room=_ROOM,
            lines=drawn,
            target=y(target),
            target_name=target_name,
            ticks=[(x(right * part / 4), f"{right * part / 4:.0%}") for part in range(1, 5)],
            heights=[(y(value), f"{value:.0%}") for value in (lowest, (lowest + 1) / 2, 1.0)],
        )
    )


_SVG = """<svg xmlns="http://www.w3.org/2000/svg" role="img"
 viewBox="0 0 {{ wide + 2 * room + 70 }} {{ high + 2 * room }}" font-family="system-ui, sans-serif" font-size="12">
<title>{{ title }}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="{{ room }}" y="{{ room - 22 }}" font-weight="600">{{ title }}</text>
<path d="M{{ room }} {{ room }}v{{ high }}h{{ wide }}" fill="none" stroke="#bbb"/>
<path d="M{{ room }} {{ target }}h{{ wide }}" stroke="#b3423a" stroke-dasharray="4 4"/>
<text x="{{ room + wide + 6 }}" y="{{ target + 4 }}" fill="#b3423a">{{ target_name }}</text>
{% for x, label in ticks %}<text x="{{ x }}" y="{{ room + high + 18 }}" text-anchor="middle">{{ label }}</text>
{% endfor %}{% for y, label in heights %}<text x="{{ room - 6 }}" y="{{ y + 4 }}" text-anchor="end">{{ label }}</text>
{% endfor %}<text x="{{ room + wide / 2 }}" y="{{ room + high + 38 }}" text-anchor="middle">share of the labels</text>
{% for name, colour, points in lines %}
<polygon fill="{{ colour }}" fill-opacity="0.15" points="
{%- for x, y, low, high in points %}{{ x }},{{ low }} {% endfor %}
{%- for x, y, low, high in points|reverse %}{{ x }},{{ high }} {% endfor %}"/>
<polyline fill="none" stroke="{{ colour }}" stroke-width="2" points="
{%- for x, y, low, high in points %}{{ x }},{{ y }} {% endfor %}"/>
<text x="{{ points[-1][0] + 6 }}" y="{{ points[-1][1] + 4 + loop.index0 * 14 }}" fill="{{ colour }}">{{ name }}</text>
{% endfor %}</svg>
"""
