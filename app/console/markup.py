"""HTML that the console shows. Whatever is put into it is escaped, so that a customer's words stay words."""

from collections.abc import Iterable

from markupsafe import Markup, escape

_ALSO = {"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;", "\\": "&#92;"}
"""Signs that mean something to the page's own templates."""


class Html(Markup):
    """A piece of safe HTML; `.format()` and `%` escape what they put in."""

    @classmethod
    def escape(cls, s: object) -> "Html":  # noqa: D102 - Markup's own
        if isinstance(s, Markup):
            return cls(s)
        text = str(escape(s))
        for sign, entity in _ALSO.items():
            text = text.replace(sign, entity)
        return cls(text)


def text(value: object) -> Html:
    """Anything as text."""
    return Html.escape(value)


def tag(element: str, *content: object, cls: str = "", **attributes: object) -> Html:
    """`<element class=… …>content</element>`; attributes that are None or False are left out, those that are True stand
    alone, `_` in their names is `-`."""
    written = [f' class="{text(cls)}"'] if cls else []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key_text = key.strip("_").replace("_", "-")
        written.append(f" {key_text}" if value is True else f' {key_text}="{text(value)}"')
    return Html(f"<{element}{''.join(written)}>{joined(content)}</{element}>")


def joined(parts: Iterable[object], between: str = "") -> Html:
    """The parts one after the other; text among them is escaped, None is nothing."""
    return Html(str(text(between)).join(str(text(part)) for part in parts if part is not None))


NOTHING = Html("")
