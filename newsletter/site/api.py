"""The JSON API for sign-ups, and its OpenAPI description. It has the same guards against abuse as the form (signup)."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from digests.text.markdown_rendering import remove_unsafe_characters
from digests.text.messages import format_message, make_message
from newsletter.site.forms import SignupForm
from newsletter.site.rendering import cache_publicly
from newsletter.site.replies import Reply
from newsletter.site.signup import accept_sign_up
from newsletter.subscribers import antispam, proof_of_work

_MAX_BYTES = 10_000  # an address and a few dozen slugs
_FIELDS = ("publication", "email", "website", "stamp", "doubted", "altcha", "time_zone")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
def handle_subscriptions(request: HttpRequest) -> HttpResponse:
    """Answer GET with a stamp, and a puzzle where one is required, to be sent back some seconds later; sign up by POST."""
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
    elif request.method == "POST":
        response = _sign_up(request)
    else:
        puzzle = proof_of_work.make_challenge(numbers=antispam.get_challenge_difficulty())
        response = JsonResponse(
            {"stamp": antispam.make_form_stamp(), "wait_seconds": antispam.MIN_FILL_SECONDS}
            | ({"puzzle": puzzle} if puzzle else {})
        )
    response["Cache-Control"] = "no-store"
    return _allow_origin(request, response)


def _sign_up(request: HttpRequest) -> HttpResponse:
    data = _parse_body(request)
    if data is None:
        return _refuse(400, [{"code": "error_json", "message": "The body must be a JSON object."}])
    form = SignupForm(data)
    if not form.is_trap():
        problems = [
            {"code": key, "message": format_message(make_message(key, **values))}
            for key, values in form.list_problems()
        ]
        if problems:
            return _refuse(422, problems)
        _row, until = accept_sign_up(request, form)
        if until:
            minutes = antispam.count_minutes_until(until)
            errors = [{"code": "flooded", "message": format_message(make_message(Reply.FLOODED_TEXT, minutes=minutes))}]
            return _refuse(429, errors, headers={"Retry-After": str(minutes * 60)})
    return JsonResponse({"status": "accepted"}, status=202)


def _parse_body(request: HttpRequest) -> QueryDict | None:
    """Return the body's values in the shape of a form's; None where it is no JSON object, or too large."""
    if len(request.body) > _MAX_BYTES:
        return None
    try:
        given: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    data = QueryDict(mutable=True)
    for name in _FIELDS:
        data[name] = _storable_text(given.get(name))
    if data["email"] != given.get("email"):  # with characters removed it would be another person's address
        data["email"] = ""
    categories = given.get("categories")
    data.setlist("category", [_storable_text(one) for one in categories] if isinstance(categories, list) else [])
    return data


def _storable_text(value: object) -> str:
    """Return a text without what JSON may hold and PostgreSQL refuses: NUL, halves of characters."""
    return remove_unsafe_characters(value) if isinstance(value, str) else ""


def _refuse(status: int, errors: list[dict[str, str]], headers: dict[str, str] | None = None) -> HttpResponse:
    body = {"status": "refused", "errors": errors, "stamp": antispam.make_form_stamp()}
    return JsonResponse(body, status=status, headers=headers)


def _allow_origin(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the pages of the sites in API_ORIGINS call the API (CORS); it uses no cookie."""
    response["Vary"] = "Origin, Accept-Language"
    origin = request.headers.get("Origin", "")
    if origin in settings.API_ORIGINS:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["Access-Control-Allow-Headers"] = "Content-Type, Accept-Language"
        response["Access-Control-Max-Age"] = "600"
    return response


@require_safe
@cache_publicly(max_age=3600)
def show_openapi(_request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI description of the endpoint."""
    return JsonResponse(_openapi_document(), json_dumps_params={"ensure_ascii": False, "indent": 1})


def _openapi_document() -> dict[str, Any]:
    text = {"type": "string"}
    body = {
        "type": "object",
        "required": ["publication", "email", "categories", "stamp"],
        "properties": {
            "publication": text | {"description": "Slug of the newsletter"},
            "email": text | {"format": "email", "maxLength": 254},
            "categories": {"type": "array", "items": text, "minItems": 1, "description": "Slugs of categories"},
            "stamp": text | {"description": f"From GET, at least {antispam.MIN_FILL_SECONDS} seconds old"},
            "altcha": text
            | {
                "description": "Where GET gave a puzzle, as it does while very many sign up (error_full): its solution as "
                "base64 of JSON, as ALTCHA's widgets make it"
            },
            "time_zone": text
            | {
                "description": "IANA name such as Asia/Seoul, for newsletters that are sent at local time; unknown ones are ignored"
            },
            "doubted": text
            | {"description": "The address again, if an error_meant asked about it and it has no typing error"},
        },
    }
    answers = {
        "202": {
            "description": "Accepted: an email is sent unless the address is suppressed. The reply is the same for every address."
        },
        "400": {"description": "The body isn’t a JSON object"},
        "422": {"description": "Something is missing or wrong: see `errors`; a fresh `stamp` is given"},
        "429": {"description": "Too many requests from this network: `Retry-After` says when to come back"},
    }
    post = {
        "summary": "Sign up; the subscriber confirms by email",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": answers,
    }
    get = {"summary": "Get a stamp", "responses": {"200": {"description": "The stamp and how long to wait"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": settings.SITE_NAME, "version": "1"},
        "servers": [{"url": settings.SITE_URL}],
        "paths": {"/api/v1/subscriptions": {"get": get, "post": post}},
    }
