"""Supervisors sign in and out, and admins look after who may."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.dependencies import Acting, Id, Running, count_sign_in, own_page
from app.api.errors import responses
from app.api.schemas import (
    AuditList,
    AuditOut,
    Nothing,
    OwnPasswordIn,
    PersonOut,
    SignInIn,
    SupervisorChangeIn,
    SupervisorIn,
    SupervisorList,
    SupervisorOut,
    person_out,
    supervisor_out,
)
from app.domain.audit import AuditAction
from app.domain.people import Right, Role
from app.errors import OriginNotAllowed, SignInFailed
from app.supervision.browser import SESSION_COOKIE, hand_over, take_back

router = APIRouter(prefix="/v1/supervision", tags=["supervision"])


@router.post("/session", responses=responses(401))
def sign_in(request: Request, response: Response, service: Running, body: SignInIn) -> PersonOut:
    """Signs in; the session is a cookie that scripts cannot read and other sites cannot send."""
    if "origin" in request.headers and not own_page(request):
        raise OriginNotAllowed("a sign-in from a page of another site")
    count_sign_in(service, request.client.host if request.client else "")
    token = service.door.come_in(body.name, body.password)
    person = service.door.person(token)
    if person is None:  # switched off in this very moment
        raise SignInFailed("switched off")
    hand_over(token, response, request.url)
    response.headers["cache-control"] = "no-store"
    return person_out(person)


@router.get("/session", responses=responses(401))
def read_session(who: Acting) -> PersonOut:
    """Who is signed in."""
    return person_out(who)


@router.delete("/session", status_code=204, responses=responses(401))
def sign_out(request: Request, service: Running, _: Acting) -> Response:
    """Ends the session. A token is not ended by it."""
    if token := request.cookies.get(SESSION_COOKIE):
        service.door.leave(token)
    response = Response(status_code=204)
    take_back(response)
    return response


@router.post("/session/password", responses=responses(401, 404))
def change_own_password(service: Running, who: Acting, body: OwnPasswordIn) -> Nothing:
    """Gives oneself another password; all sessions end, this one too."""
    if not service.door.is_password_of(who.name, body.password):
        service.rights.refuse(
            who, AuditAction.CHANGE_PASSWORD, f"person {who.name}", SignInFailed("the present password is another")
        )
    service.staff.change_own_password(who, body.new_password)
    return Nothing()


@router.get("/people", responses=responses(401))
def list_people(service: Running, who: Acting) -> SupervisorList:
    """Everybody who may sign in, and who could once."""
    return SupervisorList(items=[supervisor_out(one) for one in service.staff.all(who)])


@router.post("/people", status_code=201, responses=responses(401, 409))
def add_person(service: Running, who: Acting, body: SupervisorIn) -> SupervisorOut:
    """Lets somebody sign in."""
    return supervisor_out(service.staff.add(who, body.name, body.display_name, Role(body.role), body.password))


@router.post("/people/{name}", responses=responses(401, 404))
def change_person(name: Id, service: Running, who: Acting, body: SupervisorChangeIn) -> SupervisorOut:
    """Changes what is given. Nobody changes her own role, or switches herself off."""
    return supervisor_out(
        service.staff.change(
            who,
            name,
            role=Role(body.role) if body.role else None,
            display_name=body.display_name,
            active=body.active,
            password=body.password,
        )
    )


@router.get("/audit", responses=responses(401))
def read_audit_log(
    service: Running,
    who: Acting,
    before: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditList:
    """What supervisors did and what was refused to them."""
    service.rights.check(who, Right.MANAGE_PEOPLE, AuditAction.READ, "audit log")
    return AuditList(
        items=[
            AuditOut(
                number=entry.number,
                by=entry.by,
                action=entry.action.value,
                item=entry.item,
                at=entry.at,
                refused=entry.refused,
                detail=entry.detail,
            )
            for entry in service.stores.audit.entries(before=before, limit=limit)
        ]
    )
