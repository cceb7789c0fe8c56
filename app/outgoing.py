"""Who takes things out of the house, where the settings say so: a part of the composition root."""

from dataclasses import dataclass

from app.adapters.hold_webhook import HoldWebhook
from app.adapters.smtp_mail import SmtpMail
from app.pipeline.parts import Parts
from app.ports import Caller, ConversationStore, Mail, Outbox
from app.settings import Settings
from app.supervision.post import Post


@dataclass(frozen=True)
class Carriers:
    """What takes things away, where it is set up."""

    mail: Mail | None
    caller: Caller | None


def carriers(settings: Settings) -> Carriers:
    """As the settings say; nothing is connected. Raises ConfigurationError."""
    smtp, url = settings.smtp_url.get_secret_value(), settings.hold_webhook_url
    return Carriers(
        SmtpMail(smtp, settings.mail_from, settings.store_name) if smtp else None,
        HoldWebhook(url, settings.hold_webhook_secret.get_secret_value()) if url else None,
    )


def post_of(
    settings: Settings, outbox: Outbox, conversations: ConversationStore, parts: Parts, taken_by: Carriers
) -> Post:
    """Who sends what waits in the outbox."""
    return Post(
        outbox,
        conversations,
        taken_by.mail,
        taken_by.caller,
        notices=parts.notices,
        store_name=parts.policy.store_name,
        link=f"{settings.address}/console/",
        clock=parts.clock,
        ids=parts.ids,
        count=parts.degradations.count,
    )
