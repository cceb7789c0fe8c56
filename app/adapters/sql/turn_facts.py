"""What figures are made of: a few columns of each decided turn, kept beside its record when it is decided."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from app.adapters.sql.schema import turn_facts
from app.domain.turn import Situation, TurnRecord

_MODEL_CHARACTERS = 256
_SOURCE_CHARACTERS = 128


def keep_facts(connection: Connection, record: TurnRecord, asked_at: datetime) -> None:
    """Those of the decision that counts now: a turn that was decided anew has no others."""
    connection.execute(delete(turn_facts).where(turn_facts.c.turn_id == record.id))
    own = {
        "turn_id": record.id,
        "conversation_id": record.conversation_id,
        "at": asked_at,
        "delivery": record.decision.delivery.value,
        "model": record.versions.get("model", "")[:_MODEL_CHARACTERS],
        "reasons": list(dict.fromkeys(flag.reason.value for flag in record.decision.reasons)),
        "ms": sum(stage.ms for stage in record.timings),
    }
    about: tuple[Situation | None, ...] = record.situations or (None,)
    rows = [
        {
            **own,
            "number": number,
            "intent": situation.request.prediction.intent if situation else "",
            "situation": (situation.key if situation else None) or "",
            "source": (situation.chosen.source if situation and situation.chosen else "")[:_SOURCE_CHARACTERS],
        }
        for number, situation in enumerate(about)
    ]
    connection.execute(insert(turn_facts), rows)
