"""Mail by SMTP, with the standard library: plain text, encrypted on the way, nothing that tells whether it was read."""

import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.domain.contact import is_address
from app.domain.post import Letter
from app.errors import ConfigurationError, MailDown, MailRefused

_TIMEOUT_S = 10.0
"""For each step; all of them together take less than a letter stays with whoever sends it."""
_PORTS = {"smtps": 465, "smtp": 587}
_FOR_GOOD = 500
"""SMTP codes from which it is no use trying again."""


class SmtpMail:
    """Fills the role of `Mail`."""

    def __init__(self, url: str, sender: str, name: str, tls: ssl.SSLContext | None = None) -> None:
        """`url` is `smtps://user:password@host:port`, or `smtp://…` for STARTTLS, without which nothing is sent; only
        `smtp://localhost?tls=off` goes in the clear. `name` is shown before the address. Raises ConfigurationError,
        which never names the password."""
        if not is_address(sender):
            raise ConfigurationError("HANDRAIL_MAIL_FROM has to be an e-mail address where HANDRAIL_SMTP_URL is set")
        self._sender = Address(display_name=" ".join(name.split()), addr_spec=sender)
        self._tls = tls or ssl.create_default_context()
        try:
            parts = urlsplit(url)
            self._host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ConfigurationError("HANDRAIL_SMTP_URL is no URL") from error
        if parts.scheme not in _PORTS or not self._host:
            raise ConfigurationError("HANDRAIL_SMTP_URL begins with smtps:// or smtp:// and names a host")
        self._implicit = parts.scheme == "smtps"
        self._port = port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._clear = _goes_in_the_clear(parts)

    def send(self, letter: Letter) -> None:
        """Returns when it is accepted. Raises MailRefused when it never will be, MailDown when it may be later."""
        if not is_address(letter.to):
            raise MailRefused("no address that mail can be sent to")
        mail = self._mail(letter)
        # What an SMTP server says holds the address: only its number is told further.
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise MailDown(_told(error)) from None
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _failure("SMTPRecipientsRefused", min(codes, default=0)) from None
        except smtplib.SMTPDataError as error:
            raise _failure("SMTPDataError", error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailDown(_told(error)) from None
        finally:
            with suppress(OSError, smtplib.SMTPException):  # it has been accepted, or has failed, by now
                server.quit()

    def _mail(self, letter: Letter) -> EmailMessage:
        """Every header is made from a checked value: the policy refuses what would begin another line."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = Address(addr_spec=letter.to)
        mail["Subject"] = " ".join(letter.subject.split())
        mail["Date"] = format_datetime(letter.at)
        mail["Message-ID"] = f"<{letter.id}@{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.text)
        return mail

    def _connected(self) -> smtplib.SMTP:
        # Without a name of its own smtplib would ask the network for this machine's.
        server: smtplib.SMTP
        if self._implicit:
            server = smtplib.SMTP_SSL(
                self._host, self._port, self._sender.domain, timeout=_TIMEOUT_S, context=self._tls
            )
        else:
            server = smtplib.SMTP(self._host, self._port, self._sender.domain, timeout=_TIMEOUT_S)
        try:
            if not self._implicit and not self._clear:
                server.starttls(context=self._tls)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _goes_in_the_clear(parts: SplitResult) -> bool:
    asked = parse_qs(parts.query, keep_blank_values=True)
    if not asked:
        return False
    if asked != {"tls": ["off"]} or parts.scheme != "smtp" or not _is_loopback(parts.hostname or ""):
        raise ConfigurationError("HANDRAIL_SMTP_URL takes tls=off with smtp:// on this machine itself, and no more")
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failure(what: str, code: int) -> MailDown | MailRefused:
    told = f"{what} {code}"
    return MailRefused(told) if code >= _FOR_GOOD else MailDown(told)


def _told(error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
