"""The grammar that drafts are decoded under: sentences of words and offered slots, and no digits."""

from collections.abc import Iterable

_MOST_SENTENCES = 4


def reply_grammar(slots: Iterable[str]) -> str:
    """GBNF for one to four sentences that use only these slots; a digit, a link or another brace cannot be written."""
    names = " | ".join(f'"{{{name}}}"' for name in sorted(slots))
    slot = " | slot" if names else ""
    lines = [
        f'root ::= sentence (" " sentence){{0,{_MOST_SENTENCES - 1}}}',
        "sentence ::= start part+ [.?]",
        f"start ::= [A-Z]{slot}",
        f"""part ::= [a-zA-Z ,'":;()-]{slot}""",
    ]
    return "\n".join([*lines, f"slot ::= {names}"] if names else lines)
