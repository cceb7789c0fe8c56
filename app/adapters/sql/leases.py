"""Leases in SQL."""

from datetime import datetime

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.database import writing
from app.adapters.sql.rows import aware
from app.adapters.sql.schema import leases


class SqlLeases:
    """Fills the role of `Leases`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Takes it, or holds it for longer; False while another one has it."""
        try:
            with writing(self._engine) as connection:
                row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
                if row is None:
                    connection.execute(insert(leases).values(name=name, holder=holder, until=until))
                    return True
                if row.holder != holder and aware(row.until) > now:
                    return False
                connection.execute(update(leases).where(leases.c.name == name).values(holder=holder, until=until))
        except IntegrityError:  # another one has taken it for the first time just now
            return False
        return True

    def release(self, name: str, holder: str) -> None:
        """Gives it up; nothing happens when another one has it."""
        with writing(self._engine) as connection:
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
