"""What a reader does by the links in an email: change categories, pause, leave, come back. No password, no cookie.

People forward emails: whoever holds such a link may do what stands here, and for the rest have a link sent to the
address itself (rights).
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digests.models import Category, Publication
from newsletter.emails.phrases import LANGUAGES
from newsletter.emails.strings import date_line
from newsletter.models import Event, Mailing, Subscription
from newsletter.models.columns import known_zone
from newsletter.site import wake_worker
from newsletter.site.forms import PauseForm
from newsletter.site.rendering import keep_language, language_of, personal, show, speak_to, stale
from newsletter.subscribers import account, antispam, consent, split_prompts, timezones
from newsletter.subscribers.links import make, manage_url

_REASONS = ("often", "long", "topic", "quality", "never")
_page = require_http_methods(["GET", "HEAD", "POST"])
_Said = tuple[str, dict[str, str]]  # what happened: the key of a phrase, and its values
_NOTHING: _Said = ("", {})


@csrf_exempt
@_page
@personal
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """Show and change what a reader receives."""
    subscription = consent.find("manage", token)
    if subscription is None:
        return stale(request)
    speak_to(request, subscription.subscriber)
    done, values = (
        _ACTIONS.get(request.POST.get("do", ""), _nothing)(request, subscription) if request.POST else _NOTHING
    )
    subscription.subscriber.refresh_from_db()
    said = {"done": done, "values": values, "wrong": done in _WRONG}
    response = show(request, "manage", _preferences(subscription, language_of(request)) | said)
    if done == "manage_language_set" and settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        keep_language(response, language_of(request))  # else this browser's earlier choice would stand against it
    return response


def _nothing(_request: HttpRequest, _subscription: Subscription) -> _Said:
    return _NOTHING


def _choose(request: HttpRequest, subscription: Subscription) -> _Said:
    """Set the categories of every publication that the page showed; what it asked about divided ones is answered."""
    seen = {int(split) for split in request.POST.getlist("asked") if split.isdecimal() and len(split) < 10}
    shown = Publication.objects.filter(slug__in=request.POST.getlist("publication"))
    before, begins = _read_by(subscription), False
    for publication in shown:
        chosen = request.POST.getlist(f"category-{publication.slug}")
        if publication.enabled or _has(subscription, publication):
            one = consent.choose(subscription.subscriber, publication, chosen, ip=antispam.network(request), seen=seen)
            begins = begins or bool(chosen and (one is None or one.state != consent.ACTIVE))
    ended = before - _read_by(subscription)
    if begins:
        wake_worker.send_notes_soon()
        return "manage_begins", {}
    return ("manage_ended", {"publications": ", ".join(sorted(ended))}) if ended else ("manage_saved", {})


def _read_by(subscription: Subscription) -> set[str]:
    """Return the names of the publications that a reader receives."""
    theirs = subscription.subscriber.subscriptions.filter(state=consent.ACTIVE)
    return set(theirs.values_list("publication__name", flat=True))


def _has(subscription: Subscription, publication: Publication) -> bool:
    return subscription.subscriber.subscriptions.filter(publication=publication).exists()


def _pause(request: HttpRequest, subscription: Subscription) -> _Said:
    form = PauseForm(request.POST)
    if not form.is_valid():
        return "manage_pause_wrong", {}
    consent.pause(subscription.subscriber, form.cleaned_data["until"])
    return "manage_pause_set", {"date": date_line(form.cleaned_data["until"], language_of(request))}


def _resume(_request: HttpRequest, subscription: Subscription) -> _Said:
    consent.pause(subscription.subscriber, None)
    return "manage_pause_over", {}


def _language(request: HttpRequest, subscription: Subscription) -> _Said:
    wanted = request.POST.get("language", "")
    if wanted not in LANGUAGES:
        return _NOTHING
    consent.speak(subscription.subscriber, wanted)
    translation.activate(wanted)
    return "manage_language_set", {}


def _zone(request: HttpRequest, subscription: Subscription) -> _Said:
    wanted = request.POST.get("zone", "")
    if wanted != known_zone(wanted):
        return _NOTHING
    consent.live_in(subscription.subscriber, wanted)
    if not wanted:
        return "manage_zone_unset", {}
    return "manage_zone_set", {"zone": timezones.label(wanted, language_of(request), timezone.now())}


def _owner(request: HttpRequest, subscription: Subscription) -> _Said:
    """Send the owner's link to the address that the reader has now; the page is the same where it had enough mails."""
    email = subscription.subscriber.email
    if not antispam.is_bothered(email):
        account.ask(subscription, "owner", email=email, language=language_of(request), ip=antispam.network(request))
    wake_worker.send_notes_soon()
    return "manage_owner_sent", {}


_ACTIONS: dict[str, Callable[[HttpRequest, Subscription], _Said]] = {
    "choose": _choose,
    "pause": _pause,
    "resume": _resume,
    "language": _language,
    "zone": _zone,
    "owner": _owner,
}
_WRONG = {"manage_pause_wrong"}


def _preferences(subscription: Subscription, language: str) -> dict[str, Any]:
    """Return what the page of preferences shows: each publication that is open, with the reader's choices."""
    subscriber = subscription.subscriber
    theirs = {
        one.publication_id: one
        for one in subscriber.subscriptions.prefetch_related("categories", *split_prompts.WITH_QUESTIONS)
    }
    publications = Publication.objects.prefetch_related("categories")
    choices = [
        (
            one,
            theirs.get(one.pk),
            _ticked(theirs.get(one.pk)),
            [c for c in one.categories.all() if not c.retired],
            _asked(theirs.get(one.pk), language),
        )
        for one in publications
        if one.enabled or (one.pk in theirs and theirs[one.pk].state == consent.ACTIVE)
    ]
    choices.sort(key=lambda choice: choice[1] is None or choice[1].state != consent.ACTIVE)  # what is read comes first
    return {
        "subscriber": subscriber,
        "subscription": subscription,
        "choices": choices,
        "goes_by_zone": bool(subscriber.time_zone) or any(choice[0].readers_hours for choice in choices),
        "action": manage_url(subscription.pk, subscriber.link_key),
        "leave": make("leave", subscription.pk, subscriber.link_key),
    }


def _asked(subscription: Subscription | None, language: str) -> list[dict[str, Any]]:
    """Return what a reader is asked: the id of the split, the old category's name, and its parts'."""
    if subscription is None or subscription.state != consent.ACTIVE:
        return []
    return [
        {
            "split": question.split_id,
            "old": question.split.category.name(language),
            "parts": ", ".join(one.name(language) for one in question.split.parts.all() if not one.retired),
        }
        for question in split_prompts.questions(subscription)
    ]


def _ticked(subscription: Subscription | None) -> set[int]:
    """Return the ids of the chosen categories; of a subscription that ended they were given up with it."""
    if subscription is None or subscription.state != consent.ACTIVE:
        return set()
    return {category.pk for category in subscription.categories.all()}


@csrf_exempt
@_page
@personal
def leave(request: HttpRequest, token: str, category: str = "") -> HttpResponse:
    """End a subscription, or one category of it: at once by POST, as mail programs do it; by GET there is a button.

    A POST is never redirected and may be repeated. `do` is absent in a mail program's POST.
    """
    subscription = consent.find("leave", token)
    if subscription is None:
        return stale(request)
    speak_to(request, subscription.subscriber)
    one = _category(category) if category else None
    context: dict[str, Any] = {"subscription": subscription, "publication": subscription.publication, "category": one}
    context["manage"] = manage_url(subscription.pk, subscription.subscriber.link_key)
    context["left"] = subscription.state == consent.LEFT
    context["may_undo"] = context["left"] and consent.may_come_back(subscription)
    if request.method != "POST":
        return show(request, "leave", context)
    return show(request, _leave(request.POST.get("do", ""), request, subscription, one), context)


def _leave(do: str, request: HttpRequest, subscription: Subscription, category: Category | None) -> str:
    """Do what a button says and return the page that tells it."""
    if do == "undo":
        consent.come_back(subscription, category)
        subscription.refresh_from_db()
        return "undone" if subscription.state == consent.ACTIVE else "undo_over"
    if do == "why":
        _note_reason(subscription, request.POST.get("why", ""))
        return "thanks"
    if category:
        consent.leave_category(subscription, category)
        return "left_category"
    consent.leave(subscription)
    return "left"


def _note_reason(subscription: Subscription, reason: str) -> None:
    """Keep why somebody left: once per reader and mailing, so that nobody speaks for many; the last answer counts.

    It is about the letter, not about the person: the row has a keyed hash of both, which leads back to neither.
    """
    if reason not in _REASONS:
        return
    newest = Mailing.objects.filter(digest__publication=subscription.publication, planned_at__isnull=False)
    about = f"{subscription.pk} {newest.order_by('-planned_at').values_list('pk', flat=True).first()}"
    Event.objects.update_or_create(
        provider="reader",
        provider_id=salted_hmac("newsletter.why", about, algorithm="sha256").hexdigest(),
        defaults={"kind": "left", "detail": reason, "at": timezone.now()},
    )


def _category(slug: str) -> Category:
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found
