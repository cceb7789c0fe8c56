"""The way into the console, over real HTTP: nothing opens without a session, guesses are counted by where they come
from, and what takes memory comes when somebody comes."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.adapters.argon2_passwords import Argon2Passwords
from app.console.mount import AT
from app.domain.people import Role, Supervisor
from app.supervision.browser import SESSION_COOKIE, SIGN_INS_PER_MINUTE
from tests.api.house import Served, a_service
from tests.builders import NOW

SIGN_IN = f"{AT}/sign-in"


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with a_service(tmp_path_factory.mktemp("console")) as running:
        yield running


def sam_works_here(served: Served) -> None:
    kept = Argon2Passwords().hash("correct horse battery")
    served.stores.people.add(Supervisor("sam", "Sam", Role.AGENT, kept, active=True, added_at=NOW), "command line")


def test_it_says_that_it_is_closed_while_nobody_may_sign_in(served: Served) -> None:
    with served.http() as http:
        page = http.get(SIGN_IN)
        tried = http.post(SIGN_IN, data={"name": "sam", "password": "correct horse battery"})
    assert page.status_code == tried.status_code == 200
    assert "<input" not in page.text
    assert SESSION_COOKIE not in tried.cookies


def test_guesses_from_one_address_are_counted_whatever_the_names_and_wherever_they_are_made(served: Served) -> None:
    sam_works_here(served)
    with served.http(origin=served.url) as http:
        for number in range(SIGN_INS_PER_MINUTE):
            guess = {"name": f"somebody-{number}", "password": "wrong"}
            over_http = number % 2 == 0
            answer = http.post("/v1/supervision/session", json=guess) if over_http else http.post(SIGN_IN, data=guess)
            assert answer.status_code == 401, answer.text
        one_more = http.post(SIGN_IN, data={"name": "sam", "password": "correct horse battery"})
    assert one_more.status_code == 429
    assert "Too many attempts" in one_more.text
    assert SESSION_COOKIE not in one_more.cookies


def test_a_page_of_another_site_signs_nobody_in(served: Served) -> None:
    sam_works_here(served)
    with served.http(origin="https://elsewhere.example") as http:
        answer = http.post(SIGN_IN, data={"name": "sam", "password": "correct horse battery"})
    assert answer.status_code == 403
    assert SESSION_COOKIE not in answer.cookies


def test_the_service_starts_without_what_only_the_console_needs() -> None:
    told = "import sys, app.api.service; print('gradio' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
