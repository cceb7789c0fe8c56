"""Supervisors, their sessions and their attempts to sign in, in SQL."""

import math
from datetime import datetime

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql.audit import done
from app.adapters.sql.database import writing
from app.adapters.sql.rows import aware, insert_if_new
from app.adapters.sql.schema import sessions, sign_in_attempts, supervisors
from app.domain.audit import AuditAction
from app.domain.people import FORGOTTEN_AFTER, SIGNED_IN_FOR, Right, Role, Session, Supervisor, wait_after
from app.errors import NameTaken, NotFound

_DECIDING = [role.value for role in Role if role.may(Right.DECIDE)]


class SqlPeople:
    """Fills the roles of `SupervisorStore`, `SessionStore` and `Presence`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def supervisors(self) -> list[Supervisor]:
        """Everybody, also those who are switched off, by name."""
        with self._engine.connect() as connection:
            return [_supervisor(row) for row in connection.execute(select(supervisors).order_by(supervisors.c.name))]

    def find(self, name: str) -> Supervisor | None:
        """None when there is nobody of this name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(supervisors).where(supervisors.c.name == name)).first()
        return _supervisor(row) if row else None

    def add(self, supervisor: Supervisor, by: str) -> None:
        """Raises NameTaken."""
        try:
            with writing(self._engine) as connection:
                connection.execute(
                    insert(supervisors).values(
                        name=supervisor.name,
                        display_name=supervisor.display_name,
                        role=supervisor.role,
                        password_hash=supervisor.password_hash,
                        active=supervisor.active,
                        added_at=supervisor.added_at,
                    )
                )
                item = f"person {supervisor.name}"
                done(connection, by, AuditAction.ADD_PERSON, item, supervisor.added_at, supervisor.role.value)
        except IntegrityError as error:
            raise NameTaken(f"supervisor {supervisor.name}") from error

    def change(
        self,
        name: str,
        by: str,
        at: datetime,
        *,
        role: Role | None = None,
        display_name: str | None = None,
        password_hash: str | None = None,
        active: bool | None = None,
    ) -> Supervisor:
        """Changes what is given. A new password, a new role or being switched off ends the supervisor's sessions in the
        same transaction. Raises NotFound."""
        switched = AuditAction.SWITCH_ON if active else AuditAction.SWITCH_OFF
        changes = [
            ("role", role, AuditAction.CHANGE_ROLE, role.value if role else ""),
            ("display_name", display_name, AuditAction.CHANGE_NAME, ""),
            ("password_hash", password_hash, AuditAction.CHANGE_PASSWORD, ""),
            ("active", active, switched, ""),
        ]
        with writing(self._engine) as connection:
            mine = supervisors.c.name == name
            if connection.execute(select(supervisors.c.name).where(mine).with_for_update()).first() is None:
                raise NotFound(f"supervisor {name}")
            for column, value, action, detail in changes:
                if value is not None:
                    connection.execute(update(supervisors).where(mine).values({column: value}))
                    done(connection, by, action, f"person {name}", at, detail)
            if role is not None or password_hash is not None or active is False:
                connection.execute(delete(sessions).where(sessions.c.name == name))
            return _supervisor(connection.execute(select(supervisors).where(mine)).one())

    def open_session(self, session: Session) -> None:
        """Keeps it, with its line in the audit log; those that are over are forgotten."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.started_at < session.started_at - SIGNED_IN_FOR))
            connection.execute(
                insert(sessions).values(
                    token_hash=session.token_hash,
                    name=session.name,
                    started_at=session.started_at,
                    seen_at=session.seen_at,
                )
            )
            done(connection, session.name, AuditAction.SIGN_IN, f"person {session.name}", session.started_at)

    def session(self, token_hash: str) -> tuple[Session, Supervisor] | None:
        """The session and whose it is; None when it was ended or never was. Whether it still holds is asked of it."""
        query = (
            select(supervisors, sessions.c.token_hash, sessions.c.started_at, sessions.c.seen_at)
            .join(sessions, sessions.c.name == supervisors.c.name)
            .where(sessions.c.token_hash == token_hash)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Session(row.token_hash, row.name, aware(row.started_at), aware(row.seen_at)), _supervisor(row)

    def seen(self, token_hash: str, at: datetime) -> None:
        """Somebody is still at the keyboard."""
        with writing(self._engine) as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at))

    def on_duty(self, since: datetime) -> bool:
        """Whether a supervisor who may decide has been at the keyboard since a moment."""
        query = (
            select(supervisors.c.name)
            .join(sessions, sessions.c.name == supervisors.c.name)
            .where(supervisors.c.active, supervisors.c.role.in_(_DECIDING), sessions.c.seen_at >= since)
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def end_session(self, token_hash: str, at: datetime) -> None:
        """Signs out; nothing happens when it is over already."""
        with writing(self._engine) as connection:
            ended = delete(sessions).where(sessions.c.token_hash == token_hash).returning(sessions.c.name)
            name = connection.execute(ended).scalar_one_or_none()
            if name is not None:
                done(connection, name, AuditAction.SIGN_OUT, f"person {name}", at)

    def attempt(self, name: str, at: datetime) -> int:
        """Counts an attempt to sign in before the password is looked at, so that attempts at once count each; gives how
        many seconds the next has to wait, 0 when this one may go on. An attempt that has to wait does not count."""
        with writing(self._engine) as connection:
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.last_at < at - FORGOTTEN_AFTER))
            insert_if_new(connection, sign_in_attempts, name=name, failures=0, last_at=at)
            mine = sign_in_attempts.c.name == name
            row = connection.execute(select(sign_in_attempts).where(mine).with_for_update()).one()
            free_at = aware(row.last_at) + wait_after(row.failures)
            if at < free_at:
                return max(1, math.ceil((free_at - at).total_seconds()))
            values = {"failures": row.failures + 1, "last_at": at}
            connection.execute(update(sign_in_attempts).where(mine).values(values))
        return 0

    def succeeded(self, name: str) -> None:
        """Forgets the failures under this name."""
        with writing(self._engine) as connection:
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.name == name))


def _supervisor(row: Row[tuple[object, ...]]) -> Supervisor:
    return Supervisor(
        row.name, row.display_name, Role(row.role), row.password_hash, bool(row.active), aware(row.added_at)
    )
