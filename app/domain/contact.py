"""Where a reply can be mailed when its customer has left: the address as she writes it, and what may be shown of it."""

import re
from dataclasses import dataclass

from app.domain.conversation import Message, OpenQuestion
from app.domain.text import words

ASKS_FOR_EMAIL = (OpenQuestion.EMAIL, OpenQuestion.EMAIL_OF_ACCOUNT)
_LONGEST = 254
_LONGEST_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}", re.ASCII)
_BROKEN = re.compile(r"\S*@\S*")
_FEW_WORDS = 8
"""A message with an address in it and no more words than these is about the address alone ("you can write to …")."""
_ABOUT_IT = frozenset(
    words(
        "my the a an email e mail address is it's its it to at on me use send please thanks thank you yes no sure ok "
        "okay can could may reach write here this that one other another instead rather and or so well hi hello try "
        "take would be best better good fine answer reply works under just i am i'm im"
    )
)
"""What may stand around an address in a message that says nothing else."""


@dataclass(frozen=True, slots=True)
class AboutMail:
    """What a customer's message says to the question where the reply may be mailed, and what she is told to it."""

    asked: OpenQuestion
    """The question that was open."""
    address: str | None
    """Where to mail to; None when she wants no mail, or it could not be read."""
    only: bool
    """The message says nothing else, so nothing of it has to be answered."""
    said: Message
    asks: OpenQuestion | None = None
    """What is open from here on."""
    no_mail: bool = False
    """She does not want to be mailed, and is not asked again."""


def is_address(text: str) -> bool:
    """Whether it is an address that mail can be sent to: plain ASCII, nothing around it, no longer than they may be."""
    local = text.partition("@")[0]
    return len(text) <= _LONGEST and len(local) <= _LONGEST_LOCAL and _ADDRESS.fullmatch(text) is not None


def address_in(text: str) -> str | None:
    """The one address in the text; None when there is none, or more than one."""
    found = {match[0] for match in _ADDRESS.finditer(text) if _stands_alone(text, match)}
    address = found.pop() if len(found) == 1 else None
    return address if address and is_address(address) else None


def tries_an_address(text: str) -> bool:
    """Whether the text is short and holds something that was meant to be an address."""
    return "@" in text and len(words(_BROKEN.sub(" ", text))) <= _FEW_WORDS


def says_only(text: str, address: str) -> bool:
    """Whether the text says the address and nothing else."""
    rest = words(text.replace(address, " "))
    return len(rest) <= _FEW_WORDS and all(word in _ABOUT_IT for word in rest)


def without(text: str, address: str) -> str:
    """The text as everything but the post may see it."""
    return re.sub(re.escape(address), "[email]", text, flags=re.IGNORECASE)


def hint(address: str) -> str:
    """So much of an address that its owner knows it again: "m•••@l•••.example"."""
    local, _, domain = address.partition("@")
    host, _, top = domain.rpartition(".")
    return f"{local[:1]}•••@{host[:1]}•••.{top}"


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether no letter or sign of an address is cut off around it; a full stop may end the sentence."""
    before, after = text[: match.start()], text[match.end() :]
    return not re.search(r"[\w.@+-]$", before) and not re.match(r"[\w@+-]|\.\w", after)
