"""Mail over a real SMTP server: encrypted, signed in, plain, to one address, and with no header but our own."""

import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from app.adapters.smtp_mail import SmtpMail
from app.domain.post import Letter
from app.errors import ConfigurationError, MailDown, MailRefused
from tests.builders import NOW
from tests.services.smtp import PASSWORD, USER, certificate, smtp_server

FROM = "help@larkfield.example"
LETTER = Letter("msg_1", "maya@post.example", "Your question to Larkfield", "Hello,\n\nit arrives on Monday.\n", NOW)


def clear(port: int) -> str:
    return f"smtp://127.0.0.1:{port}?tls=off"


def test_a_letter_arrives_in_plain_text_with_who_it_is_from(tmp_path: Path) -> None:
    with smtp_server() as box:
        SmtpMail(clear(box.port), FROM, "Larkfield").send(LETTER)

    [mail] = box.mails
    assert box.to == ["maya@post.example"]
    assert (mail["from"], mail["to"]) == ("Larkfield <help@larkfield.example>", "maya@post.example")
    assert mail["subject"] == "Your question to Larkfield"
    assert mail["message-id"] == "<msg_1@larkfield.example>"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == LETTER.text
    assert mail["auto-submitted"] == "auto-generated"


def test_starttls_and_sign_in_are_used_with_a_password_of_any_characters(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    with smtp_server(server, login=True) as box:
        url = f"smtp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{box.port}"
        SmtpMail(url, FROM, "Larkfield", client).send(LETTER)

    assert (box.encrypted, box.signed_in) == ([True], [True])


def test_smtps_is_encrypted_from_the_first_byte_on(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    with smtp_server(server, implicit=True) as box:
        SmtpMail(f"smtps://127.0.0.1:{box.port}", FROM, "Larkfield", client).send(LETTER)

    assert len(box.mails) == 1


def test_a_server_that_cannot_be_trusted_gets_nothing(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    with smtp_server(server) as box, pytest.raises(MailDown):
        SmtpMail(f"smtp://127.0.0.1:{box.port}", FROM, "Larkfield").send(LETTER)

    assert box.mails == []


def test_a_server_without_encryption_gets_nothing() -> None:
    with smtp_server() as box, pytest.raises(MailDown, match="SMTPNotSupportedError"):
        SmtpMail(f"smtp://127.0.0.1:{box.port}", FROM, "Larkfield").send(LETTER)

    assert box.mails == []


@pytest.mark.parametrize(
    ("what", "answer", "error"),
    [
        ("maya@post.example", "550 no such mailbox maya@post.example", MailRefused),
        ("maya@post.example", "450 come back later", MailDown),
        ("data", "554 no, maya@post.example", MailRefused),
        ("data", "451 not now", MailDown),
    ],
)
def test_what_is_refused_is_told_without_the_address(what: str, answer: str, error: type[Exception]) -> None:
    with smtp_server() as box:
        box.refuses[what] = answer
        with pytest.raises(error, match=answer[:3]) as raised:
            SmtpMail(clear(box.port), FROM, "Larkfield").send(LETTER)

    assert "maya" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_server_that_is_not_there_may_be_there_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(MailDown, match="ConnectionRefusedError"):
        SmtpMail(clear(port), FROM, "Larkfield").send(LETTER)


@pytest.mark.parametrize(
    "to",
    ["maya@post.example\r\nBcc: all@post.example", "maya@post.example,all@post.example", "maya@post.example\n", "maya"],
)
def test_an_address_that_is_more_than_an_address_is_refused(to: str) -> None:
    with smtp_server() as box, pytest.raises(MailRefused):
        SmtpMail(clear(box.port), FROM, "Larkfield").send(replace(LETTER, to=to))

    assert box.mails == []


def test_line_ends_in_the_subject_begin_no_header_and_those_in_the_text_no_command() -> None:
    text = "one\r\n.\r\nRCPT TO:<all@post.example>\r\nBcc: all@post.example\n"
    with smtp_server() as box:
        letter = replace(LETTER, subject="Hello\r\nBcc: all@post.example", text=text)
        SmtpMail(clear(box.port), FROM, "Lark\r\nfield").send(letter)

    [mail] = box.mails
    assert box.to == ["maya@post.example"]
    assert mail["bcc"] is None
    assert mail["subject"] == "Hello Bcc: all@post.example"
    assert "RCPT TO:<all@post.example>" in mail.get_content()


def test_any_script_arrives_as_it_was_written() -> None:
    with smtp_server() as box:
        SmtpMail(clear(box.port), FROM, "Lärkfield").send(replace(LETTER, subject="Größe 👟", text="Größe 👟, ok\n"))

    [mail] = box.mails
    assert (mail["subject"], mail.get_content().strip()) == ("Größe 👟", "Größe 👟, ok")
    assert mail["from"] == "Lärkfield <help@larkfield.example>"


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://mail.example", ""),
        ("smtp://mail.example", "Larkfield <help@larkfield.example>"),
        ("smtp://mail.example", "help@larkfield.example\nBcc: all@post.example"),
        ("http://mail.example", FROM),
        ("smtp://", FROM),
        ("smtp://mail.example:port", FROM),
        ("smtp://sam:secret@mail.example?tls=off", FROM),
        ("smtps://127.0.0.1?tls=off", FROM),
        ("smtp://127.0.0.1?tls=no", FROM),
    ],
)
def test_what_cannot_be_meant_is_refused_at_the_start_without_the_password(url: str, sender: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        SmtpMail(url, sender, "Larkfield")
    assert "secret" not in str(raised.value)
