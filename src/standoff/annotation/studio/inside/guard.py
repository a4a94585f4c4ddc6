"""Rooms and roles for Label Studio's free edition; runs inside the server's environment, never in ours.

The free edition knows organisations, enforces them at some endpoints, and lets every account do everything. So:

- **Rooms.** An account's active organisation is its room. While a request of that account is answered, every query
  of Django's ORM is narrowed to the rows of the room, and a row that refers to a row of another room is not saved.
  The wall stands below the endpoints: what an endpoint takes from path, query or body does not matter, and rows of
  another room answer as rows that do not exist do: 404 where one is asked for, an empty list where many are.
  A table belongs to rooms by one of the keys in ``OWNERS``; ``SHARED`` names the tables that belong to none and
  that all may read; any other table is empty for everybody. Raw SQL is not narrowed: on SQLite, this version of
  the server has none that reads texts or labels.
- **Roles.** Who made the organisation owns the room: the service account, whose token our tools hold. Everybody
  else in it is a coder and may do what ``CODER`` lists. Anything else is refused (403), before it is looked up.
- **Answers.** A coder's answer that is not of the page's form is refused (400), and one that the page submits but
  that lacks what its labeling config asks for (403): see :mod:`answers`.
- **Closed.** What ``CLOSED`` names is closed to everybody.

Written for Label Studio 1.23.2; another version's endpoints are refused to coders until they are listed here.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from contextvars import ContextVar
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar

import answers
from django.apps import apps
from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.signals import pre_save
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.views import APIView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOBODY = 0
"""The room of a visitor who has not logged in: no organisation has this id."""
ROOM: ContextVar[int | None] = ContextVar("ROOM", default=None)
"""The room of the request being answered; None where no account's request is: at start, while logging in."""

ORGANISATION = "organizations.Organization"
OWNERS = (
    *("task", "annotation", "export", "organization", "active_organization", "project", "prediction"),
    *("ml_backend", "webhook", "storage", "token", "user"),
)
"""Foreign keys by which a row belongs to a room; of a table's keys the first in this order counts."""
SHARED = frozenset(
    {
        "auth.Group",
        "auth.Permission",
        "contenttypes.ContentType",
        "data_manager.Filter",  # reached through a view alone, and views belong to projects
        "data_manager.FilterGroup",
        "data_manager.FilterGroup_filters",
        "projects.ProjectOnboardingSteps",
    }
)

ANONYMOUS = frozenset({"user-login", "jwt_auth:token_refresh"})
"""Views that look an account up before anybody is logged in. To a visitor's other requests the server is empty."""

READ = frozenset({"GET", "HEAD", "OPTIONS"})
WRITE = READ | {"POST"}
CHANGE = READ | {"PATCH", "DELETE"}

CODER: Mapping[str, frozenset[str]] = {
    # pages
    "main": READ,
    "user-login": WRITE,
    "logout": READ,
    "user-account": READ,
    "user-account-anything": READ,
    "projects:project-index": READ,
    "data_manager:project-data": READ,
    # what pages are made of
    "core.views.serve_file": READ,
    "core.utils.static_serve.serve": READ,
    "django.views.generic.base.RedirectView": READ,
    "collect_metrics": WRITE,  # answers 204 and keeps nothing
    "feature_flags": READ,
    "health": READ,
    "version": READ,
    # the account and its settings
    "current-user-whoami": READ,
    "current-user-hotkeys": READ | {"PATCH"},
    "product-tour": READ | {"PATCH"},
    "jwt_auth:api-jwt-settings": READ,
    "jwt_auth:token_refresh": WRITE,
    "user-list": READ,
    # the room: projects, tasks, and how they are shown
    "projects:api:project-list": READ,
    "projects:api:project-counts-list": READ,
    "projects:api:project-detail": READ,
    "projects:api:project-next": READ,
    "projects:api:label-stream-history": READ,
    "tasks:api:task-list": READ,
    "tasks:api:task-detail": READ,
    "tasks:api-predictions:prediction-list": READ,
    "tasks:api-predictions:prediction-detail": READ,
    "labels_manager:api-labels:label_link-list": READ,
    "ml:api:ml-list": READ,
    "data_manager:dm-project": READ,
    "data_manager:dm-columns": READ,
    "data_manager:dm-actions": WRITE,
    "data_manager:api:view-list": WRITE,
    "data_manager:api:view-detail": CHANGE | {"PUT"},
    "data_manager:api:view-update-order": WRITE,
    # the work
    "tasks:api:task-annotations": WRITE,
    "tasks:api:task-drafts": WRITE,
    "tasks:api:task-annotations-drafts": WRITE,
    "tasks:api-annotations:annotation-detail": CHANGE,
    "tasks:api-annotations:annotation-convert-to-draft": frozenset({"POST"}),
    "tasks:api-drafts:draft-detail": CHANGE,
}
"""What a coder may do: names of views, and methods."""

OWN = {
    "tasks:api-annotations:annotation-detail": ("completed_by", "annotation"),
    "tasks:api-annotations:annotation-convert-to-draft": ("completed_by", "annotation"),
    "tasks:api-drafts:draft-detail": ("user", "draft"),
}
"""Where a coder changes what it has made itself: the key that says who made it, and what it is called."""
ANSWER = frozenset({"result", "lead_time", "draft_id", "parent_prediction", "parent_annotation", "started_at"})
ANSWER |= {"unique_id", "was_cancelled", "project"}
"""What the labelling page sends. The other fields of an annotation would give it another author or task."""
DRAFT = "tasks:api-drafts:draft-detail"
DETACHED = ("annotation", None)
"""What the page sends besides to cancel a skip: the draft is kept, the skipped annotation is deleted after it."""
HANDED_IN = {
    ("tasks:api:task-annotations", "POST"): "tasks",
    ("tasks:api-annotations:annotation-detail", "PATCH"): "tasks__annotations",
}
"""Where an answer is submitted or updated, and the lookup from its project to what is named there."""
MADE_AT = frozenset({"tasks:api:task-annotations", "tasks:api:task-drafts", "tasks:api:task-annotations-drafts"})
ANSWERED_AT = frozenset(OWN) | MADE_AT
NEXT_TASK = "next_task"
"""The one action on many tasks that is a coder's; the others delete, import or change what was decided."""

CLOSED = {
    "user-signup": "Accounts are made with: standoff annotate coders add",
    "user-list POST": "Accounts are made with: standoff annotate coders add",
    "organizations:api:organization-list POST": "Rooms are made with: standoff annotate coders add",
    "organizations:organization-invite": "Nobody is invited here.",
    "organizations:organization-reset-token": "Nobody is invited here.",
    "rest_framework:login": "Log in at /user/login/.",
}
CLOSED_SITES = {"admin/": "The admin pages are closed.", "django-rq/": "The pages of the job queue are closed."}
TIPS = "heidi_tips"
"""The server would fetch these from another host. The page does without them where the host is out of reach."""


def install() -> None:
    """Put the guard before every view and the wall below every query.

    Call it once, after Django is set up and before the application that serves is made: the list of middleware is
    read then.
    """
    # First in the list, so that the room of the thread's last request is left before anything is looked up.
    settings.MIDDLEWARE.insert(0, f"{__name__}.Guard")
    QuerySet.__init__ = _narrowed(QuerySet.__init__)
    QuerySet.latest = _of_all_rooms(QuerySet.latest)
    APIView.perform_authentication = _guarded(APIView.perform_authentication)
    pre_save.connect(refuse_foreign_keys, dispatch_uid="standoff-rooms")


class Guard:
    """Middleware: leaves the last request's room, and enters the account's before the view is called."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Answer a request."""
        # Not left at the end of a request: a streamed answer still looks things up then.
        ROOM.set(None)
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, _args: object, _kwargs: object) -> Any:
        """Return the refusal, or None to let the view answer."""
        if request.resolver_match.view_name == TIPS:
            return JsonResponse({}, status=404)
        try:
            refuse_closed(request)
            enter(request, request.user)
            # A token is looked at later, by the API's own views: there the role is asked for then.
            if not hasattr(view, "cls"):
                refuse_to_coder(request)
        except PermissionDenied as refusal:
            return refused(request, str(refusal.detail))
        return None


def refused(request: Any, sentence: str) -> Any:
    """Return the answer 403 in the form that the caller reads."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": sentence, "status_code": 403}, status=403)
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=403)


def refuse_closed(request: Any) -> None:
    """Raise PermissionDenied for what is closed to everybody."""
    match = request.resolver_match
    for name in (match.view_name, f"{match.view_name} {request.method}"):
        if name in CLOSED:
            raise PermissionDenied(CLOSED[name])
    for start, sentence in CLOSED_SITES.items():
        if match.route.startswith(start):
            raise PermissionDenied(sentence)


def enter(request: Any, user: Any) -> None:
    """Narrow what follows to the account's room; for a visitor, to nothing."""
    if user.is_authenticated:
        ROOM.set(user.active_organization_id or NOBODY)
    else:
        ROOM.set(None if request.resolver_match.view_name in ANONYMOUS else NOBODY)


def refuse_to_coder(request: Any) -> None:
    """Raise PermissionDenied when the account is a coder's and this is not a coder's to do."""
    user = request.user
    if not user.is_authenticated or (
        user.active_organization and user.active_organization.created_by_id == user.pk
    ):
        return
    name = request.resolver_match.view_name
    if request.method not in CODER.get(name, frozenset()):
        raise PermissionDenied("This is not open to coders: ask whoever leads the coding.")
    if request.method in READ:
        return
    if name == "data_manager:dm-actions" and request.query_params.get("id") != NEXT_TASK:
        raise PermissionDenied("Coders do not act on many tasks at once: ask whoever leads the coding.")
    if name in ANSWERED_AT:
        refuse_malformed(request)
        if request.method != "DELETE":
            refuse_other_fields(request, name)
    if name in OWN:
        refuse_other_makers(request, *OWN[name])
    if (name, request.method) in HANDED_IN:
        refuse_unfinished(request)


def refuse_malformed(request: Any) -> None:
    """Raise ParseError unless the request's body is an answer of the page's form."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > answers.MAX_BYTES:
        raise ParseError(f"An answer has up to {answers.MAX_BYTES} bytes.")
    try:
        flaw = answers.flaw(request.data)
    except RecursionError:
        flaw = "An answer has few levels of lists and objects."
    if not flaw and request.resolver_match.view_name in MADE_AT and "result" not in request.data:
        flaw = "An answer has a result."
    if flaw:
        raise ParseError(flaw)


def refuse_other_fields(request: Any, name: str) -> None:
    """Raise PermissionDenied when an answer sets what is not the coder's to set."""
    unexpected = {key for key in request.data if key not in ANSWER}
    if name == DRAFT and DETACHED in request.data.items():
        unexpected.discard(DETACHED[0])
    if unexpected:
        raise PermissionDenied(f"A coder's answer does not set {', '.join(sorted(unexpected))}.")


def refuse_unfinished(request: Any) -> None:
    """Raise PermissionDenied when the page submits an answer that a pull would refuse.

    A program's answers are not looked at: what they lack, a pull says.
    """
    answer, match = request.data, request.resolver_match
    if "started_at" not in answer or "result" not in answer or answer.get("was_cancelled"):
        return
    way = HANDED_IN[match.view_name, request.method]
    project = apps.get_model("projects.Project").objects.filter(**{way: match.kwargs["pk"]}).first()
    sentence = project and answers.lack(answer["result"], project.label_config)
    if sentence:
        raise Unfinished(sentence)


class Unfinished(PermissionDenied):  # type: ignore[misc]  # Django REST framework is not in our environment
    """A refusal whose sentence the page shows, with the answer left as it is."""

    display_context: ClassVar = {"reason": "PAUSED"}
    """At any other refusal of a submit the page says only that it is not saved."""


def refuse_other_makers(request: Any, maker: str, called: str) -> None:
    """Raise PermissionDenied unless the account has made what it is about to change; Http404 where that is not."""
    match = request.resolver_match
    found = match.func.cls.queryset.filter(pk=match.kwargs["pk"]).first()
    if found is None:
        raise Http404
    if getattr(found, f"{maker}_id") != request.user.pk:
        raise PermissionDenied(f"This {called} is not yours.")
    project = request.data.get("project")
    if project is not None and str(project) != str(found.task.project_id):
        raise PermissionDenied(f"This {called} is not of project {project}.")


def refuse_foreign_keys(sender: Any, instance: Any, **_: object) -> None:
    """Raise Http404 when a row about to be saved refers to a row that is not in the room."""
    if ROOM.get() is None:
        return
    for field in sender._meta.concrete_fields:  # noqa: SLF001 - Django documents it as public
        value = getattr(instance, field.attname)
        if value is None or field.remote_field is None or field.remote_field.parent_link:
            continue
        rows = field.related_model._base_manager  # noqa: SLF001 - the same
        if not rows.filter(**{field.target_field.attname: value}).exists():
            raise Http404(f"no {field.related_model.__name__} {value}")


def _guarded(authenticate: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    @wraps(authenticate)
    def guarded(self: Any, request: Any) -> None:
        ROOM.set(None)  # whose token it is, is looked up among all
        authenticate(self, request)
        enter(request, request.user)
        refuse_to_coder(request)

    return guarded


def _narrowed(make: Callable[..., None]) -> Callable[..., None]:
    # Every queryset is made here, those of a manager as well as copies of one that was made at import.
    @wraps(make)
    def narrowed(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        room = ROOM.get()
        if room is not None and self.model is not None:
            narrow(self.query, self.model, room)

    return narrowed


def _of_all_rooms(latest: Callable[..., Any]) -> Callable[..., Any]:
    # On SQLite an import numbers its rows itself, on from the last id of the table, whosever that is.
    @wraps(latest)
    def numbering(self: Any, *fields: Any) -> Any:
        room = ROOM.get()
        if room is None or fields != ("id",):
            return latest(self, *fields)
        ROOM.set(None)
        try:
            return latest(self.model._base_manager.only("id"), "id")  # noqa: SLF001 - Django documents it as public
        finally:
            ROOM.set(room)

    return numbering


def narrow(query: Any, model: Any, room: int) -> None:
    """Narrow a query to the rows of a room, once; a copy of it carries the mark."""
    if getattr(query, "standoff_room", None) == room:
        return
    if query.is_sliced or query.combinator:
        raise RuntimeError(f"a query of {model.__name__} was cut before it could be narrowed to a room")
    way = way_to_room(model)
    if way is None:
        query.set_empty()
    elif way:
        query.add_q(Q(**{way: room}))
    query.standoff_room = room


@cache
def way_to_room(model: Any) -> str | None:
    """Return the lookup from a table's rows to their room's id; "" where all share it, None where none has it."""
    label = model._meta.label  # noqa: SLF001 - Django documents it as public
    if label == ORGANISATION:
        return "pk"
    if label in SHARED:
        return ""
    keys = {field.name: field for field in model._meta.fields if field.remote_field}  # noqa: SLF001 - the same
    for name in OWNERS:
        if name in keys:
            way = way_to_room(keys[name].related_model)
            return name if way == "pk" else way and f"{name}__{way}"
    return None
