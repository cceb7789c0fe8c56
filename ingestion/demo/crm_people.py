"""The people of the demo shop, put together from the names, streets and towns of `people.yaml`.

Nobody here exists: e-mail addresses lie under the reserved example domains, phone numbers in the ranges that are kept
free for fiction.
"""

import random
import unicodedata
from datetime import date, timedelta
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from app.domain.customer import Account

_PEOPLE_FILE = Path(__file__).with_name("people.yaml")


class _Country(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    customers_in_100: int
    towns: list[str]
    phone_prefixes: list[str]


class _Names(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first_names: list[str]
    last_names: list[str]
    streets: list[str]
    countries: list[_Country]


class People:
    """Invents accounts, each with an e-mail address of its own."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._names = _Names.model_validate(yaml.safe_load(_PEOPLE_FILE.read_text(encoding="utf-8")))
        self._mailboxes: set[str] = set()

    def invent(self, *, first_name: str = "", last_name: str = "", customer_for: int) -> Account:
        """An account opened `customer_for` days before today; a name that is not given is drawn."""
        rng, names = self._rng, self._names
        first = first_name or rng.choice(names.first_names)
        last = last_name or rng.choice(names.last_names)
        country = rng.choices(names.countries, weights=[one.customers_in_100 for one in names.countries])[0]
        street = f"{rng.randint(1, 180)} {rng.choice(names.streets)}"
        return Account(
            first_name=first,
            last_name=last,
            email=self._mailbox(first, last),
            phone=f"{rng.choice(country.phone_prefixes)} 01{rng.randrange(100):02}",
            address=f"{street}, {rng.choice(country.towns)}, {country.name}",
            newsletter=rng.random() < 0.45,
            created_on=self._today - timedelta(days=customer_for),
        )

    def _mailbox(self, first: str, last: str) -> str:
        domain = self._rng.choice(("example.com", "example.net", "example.org"))
        name = f"{_plain(first)}.{_plain(last)}"
        mailbox, copies = f"{name}@{domain}", 1
        while mailbox in self._mailboxes:
            copies += 1
            mailbox = f"{name}{copies}@{domain}"
        self._mailboxes.add(mailbox)
        return mailbox


def _plain(name: str) -> str:
    """A name as it stands in an e-mail address: lower-case ASCII letters."""
    folded = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in folded.lower() if letter.isascii() and letter.isalpha())
