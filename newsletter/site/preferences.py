"""The pages behind the links of an email: change categories, pause, set the language, unsubscribe, undo. No password.

People forward emails, so a link works for anybody who has it. These pages allow only what its owner would let a
stranger do; everything else needs a fresh link to the address itself (account).
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digests.models import Category, Publication
from digests.text.localization import format_full_date, separate_names
from newsletter.archive import queries
from newsletter.delivery import send_times
from newsletter.models import LeaveReason, Mailing, Subscription
from newsletter.models.columns import clean_zone_name
from newsletter.site import wake_worker
from newsletter.site.forms import PauseForm
from newsletter.site.rendering import (
    activate_language,
    get_language_of,
    keep_private,
    render_page,
    render_stale_link,
    save_language_cookie,
)
from newsletter.site.replies import Reply
from newsletter.subscribers import account, antispam, consent, split_prompts, timezones
from newsletter.subscribers.links import make_manage_url, make_token

_allow_page_methods = require_http_methods(["GET", "HEAD", "POST"])
_Result = tuple[str, dict[str, str]]  # the reply that says what was done, and its values
_NO_RESULT: _Result = ("", {})


@csrf_exempt
@_allow_page_methods
@keep_private
def manage_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show a reader's preferences; on POST change one of them."""
    subscription = consent.find_subscription("manage", token)
    if subscription is None:
        return render_stale_link(request)
    activate_language(request, subscription.subscriber)
    done, values = _NO_RESULT
    pressed = request.POST.get("all") or request.POST.get("none") or ""  # the publication beside whose boxes they are
    if pressed:
        done = Reply.UNSAVED
    elif request.POST:
        done, values = _ACTIONS.get(request.POST.get("do", ""), _do_nothing)(request, subscription)
    subscription.subscriber.refresh_from_db()
    result = {"done": done, "values": values, "wrong": done in _ERROR_RESULTS, "pressed": pressed}
    ticked = _list_unsaved_ticks(request) if pressed else {}
    response = render_page(request, "manage", _preferences(subscription, get_language_of(request), ticked) | result)
    if done == Reply.LANGUAGE_SET and settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        # The cookie of an earlier choice would override the language that was just set.
        save_language_cookie(response, get_language_of(request))
    return response


def _do_nothing(_request: HttpRequest, _subscription: Subscription) -> _Result:
    return _NO_RESULT


def _list_unsaved_ticks(request: HttpRequest) -> dict[str, list[str]]:
    """Return what is to be ticked after the button "select all" or "clear all", by the publication's slug.

    Nothing is saved: the buttons do without a script what one does in the browser, and other ticks stay as they were.
    """
    shown = request.POST.getlist("publication")
    ticked = {slug: request.POST.getlist(f"category-{slug}") for slug in shown}
    for publication in Publication.objects.filter(slug__in=[request.POST.get("all"), request.POST.get("none")]):
        wanted = consent.list_open_categories(publication) if publication.slug == request.POST.get("all") else []
        ticked[publication.slug] = [category.slug for category in wanted]
    return ticked


def _choose_categories(request: HttpRequest, subscription: Subscription) -> _Result:
    """Set the categories of every publication on the page; its questions about split categories count as answered."""
    seen = {int(split) for split in request.POST.getlist("asked") if split.isdecimal() and len(split) < 10}
    shown = Publication.objects.filter(slug__in=request.POST.getlist("publication"))
    before, begins = _names_of_received(subscription), False
    for publication in shown:
        chosen = request.POST.getlist(f"category-{publication.slug}")
        if publication.enabled or _has_subscription(subscription, publication):
            one = consent.choose_categories(
                subscription.subscriber, publication, chosen, ip=antispam.get_client_network(request), seen=seen
            )
            begins = begins or bool(chosen and (one is None or one.state != consent.ACTIVE))
    ended = before - _names_of_received(subscription)
    if begins:
        wake_worker.send_mails_soon()
        return Reply.BEGINS, {}
    return (Reply.ENDED, {"publications": separate_names(sorted(ended))}) if ended else (Reply.SAVED, {})


def _names_of_received(subscription: Subscription) -> set[str]:
    """Return the names of the publications whose subscription is active."""
    theirs = subscription.subscriber.subscriptions.filter(state=consent.ACTIVE)
    return set(theirs.values_list("publication__name", flat=True))


def _has_subscription(subscription: Subscription, publication: Publication) -> bool:
    return subscription.subscriber.subscriptions.filter(publication=publication).exists()


def _pause(request: HttpRequest, subscription: Subscription) -> _Result:
    form = PauseForm(request.POST, _get_today(subscription))
    if not form.is_valid():
        return Reply.PAUSE_WRONG, {}
    consent.pause_reader(subscription.subscriber, form.cleaned_data["until"])
    return Reply.PAUSE_SET, {"date": format_full_date(form.cleaned_data["until"], get_language_of(request))}


def _get_today(subscription: Subscription) -> dt.date:
    """Return the day on which a pause of today begins: that of the publication, with which pauses are compared."""
    return timezone.localdate(timezone=subscription.publication.zone)


def _resume(_request: HttpRequest, subscription: Subscription) -> _Result:
    consent.pause_reader(subscription.subscriber, None)
    return Reply.PAUSE_OVER, {}


def _set_language(request: HttpRequest, subscription: Subscription) -> _Result:
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        return _NO_RESULT
    consent.set_language(subscription.subscriber, wanted)
    translation.activate(wanted)
    return Reply.LANGUAGE_SET, {}


def _set_time_zone(request: HttpRequest, subscription: Subscription) -> _Result:
    wanted = request.POST.get("zone", "")
    if wanted != clean_zone_name(wanted):
        return _NO_RESULT
    consent.set_time_zone(subscription.subscriber, wanted)
    if not wanted:
        return Reply.ZONE_UNSET, {}
    return Reply.ZONE_SET, {"zone": timezones.format_zone_label(wanted, get_language_of(request), timezone.now())}


def _send_owner_link(request: HttpRequest, subscription: Subscription) -> _Result:
    """Send the owner's link to the reader's present address; the page is the same where its limit is reached."""
    email = subscription.subscriber.email
    if not antispam.is_over_hourly_link_limit(email):
        account.request_account_link(
            subscription,
            "owner",
            email=email,
            language=get_language_of(request),
            ip=antispam.get_client_network(request),
        )
    wake_worker.send_mails_soon()
    return Reply.OWNER_SENT, {}


_ACTIONS: dict[str, Callable[[HttpRequest, Subscription], _Result]] = {
    "choose": _choose_categories,
    "pause": _pause,
    "resume": _resume,
    "language": _set_language,
    "zone": _set_time_zone,
    "owner": _send_owner_link,
}
_ERROR_RESULTS = {Reply.PAUSE_WRONG}


@dataclass(frozen=True)
class _PublicationChoice:
    """A publication on the page, with what the reader gets of it."""

    publication: Publication
    is_active: bool
    is_unfolded: bool
    categories: list[Category]  # those that may be chosen
    chosen: list[Category]  # what is saved, of these
    ticked: Collection[int | str]  # what the page shows: ids, or the slugs of a choice that is not saved
    asked: list[dict[str, Any]]
    per_week: dict[int, int]
    next_issue: dt.datetime | None
    leave: str

    @property
    def items_per_week(self) -> int:
        """Return about how many items the saved choice brings in a week."""
        return sum(self.per_week.get(category.pk, 0) for category in self.chosen)

    @property
    def preview(self) -> str:
        """Return the path of the newest email as it would be with the saved choice; empty where there is none to show."""
        query = urlencode([("category", category.slug) for category in self.chosen])
        return (
            f"{reverse('preview', args=[self.publication.slug])}?{query}" if query and self.publication.enabled else ""
        )


def _preferences(subscription: Subscription, language: str, unsaved: dict[str, list[str]]) -> dict[str, Any]:
    """Return the context of the page: each open publication with the reader's choices, those that are read first."""
    subscriber, today = subscription.subscriber, _get_today(subscription)
    choices = _list_choices(subscription, language, unsaved)
    return {
        "subscriber": subscriber,
        "subscription": subscription,
        "choices": choices,
        "active": [choice for choice in choices if choice.is_active],
        "goes_by_zone": bool(subscriber.time_zone) or any(choice.publication.readers_hours for choice in choices),
        "tomorrow": today + dt.timedelta(days=1),
        "weeks": PauseForm.PRESETS_IN_WEEKS,
        "action": make_manage_url(subscription.pk, subscriber.link_key),
    }


def _list_choices(subscription: Subscription, language: str, unsaved: dict[str, list[str]]) -> list[_PublicationChoice]:
    reader = subscription.subscriber
    prefetched = reader.subscriptions.prefetch_related("categories", *split_prompts.SPLIT_PROMPT_PREFETCH)
    theirs = {one.publication_id: one for one in prefetched}
    active = {pk for pk, one in theirs.items() if one.state == consent.ACTIVE}
    publications = [
        one for one in Publication.objects.prefetch_related("categories") if one.enabled or one.pk in active
    ]
    rates = queries.count_items_per_week_of_each(publications)
    times = send_times.find_next_issue_times(publications, time_zone=reader.time_zone, subscriber=reader)
    choices = []
    for one in publications:
        own = theirs[one.pk] if one.pk in active else None
        saved = _chosen_category_ids(own)
        offered = [category for category in one.categories.all() if not category.retired]
        choices.append(
            _PublicationChoice(
                publication=one,
                is_active=own is not None,
                is_unfolded=own is not None or one == subscription.publication or bool(unsaved.get(one.slug)),
                categories=offered,
                chosen=[category for category in offered if category.pk in saved],
                ticked=unsaved.get(one.slug, saved),
                asked=_split_questions(own, language),
                per_week=rates[one.pk],
                next_issue=times.get(one.pk),
                leave=make_token("leave", own.pk, reader.link_key) if own else "",
            )
        )
    return sorted(choices, key=lambda choice: not choice.is_active)


def _split_questions(subscription: Subscription | None, language: str) -> list[dict[str, Any]]:
    """Return the open questions about split categories: id of the split, old name, names of the parts."""
    if subscription is None:
        return []
    return [
        {
            "split": question.split_id,
            "old": question.split.category.name(language),
            "parts": separate_names(one.name(language) for one in question.split.parts.all() if not one.retired),
        }
        for question in split_prompts.list_open_prompts(subscription)
    ]


def _chosen_category_ids(subscription: Subscription | None) -> set[int]:
    """Return the ids of the chosen categories."""
    return {category.pk for category in subscription.categories.all()} if subscription else set()


@csrf_exempt
@_allow_page_methods
@keep_private
def unsubscribe(request: HttpRequest, token: str, category: str = "") -> HttpResponse:
    """Unsubscribe from a publication, or from one category: at once by POST (RFC 8058), by a button after GET.

    A POST is never redirected and may be repeated. A mail program's POST has no `do`.
    """
    subscription = consent.find_subscription("leave", token)
    if subscription is None:
        return render_stale_link(request)
    activate_language(request, subscription.subscriber)
    one = _get_category(category) if category else None
    context: dict[str, Any] = {"subscription": subscription, "publication": subscription.publication, "category": one}
    context["manage"] = make_manage_url(subscription.pk, subscription.subscriber.link_key)
    context["left"] = subscription.state == consent.LEFT
    context["may_undo"] = context["left"] and consent.can_undo_unsubscribe(subscription)
    if request.method != "POST":
        return render_page(request, "leave", context)
    return render_page(request, _carry_out(request.POST.get("do", ""), request, subscription, one), context)


def _carry_out(do: str, request: HttpRequest, subscription: Subscription, category: Category | None) -> str:
    """Carry out a button, and return the template of its page."""
    if do == "undo":
        consent.undo_unsubscribe(subscription, category)
        subscription.refresh_from_db()
        return "undone" if subscription.state == consent.ACTIVE else "undo_over"
    if do == "why":
        _record_reason(subscription, request.POST.get("why", ""))
        return "thanks"
    if category:
        consent.unsubscribe_from_category(subscription, category)
        return "left_category"
    consent.unsubscribe_from_publication(subscription)
    return "left"


def _record_reason(subscription: Subscription, reason: str) -> None:
    """Save the reason of an unsubscribe: one per reader and mailing, so that nobody counts twice; the last one counts.

    The row has a keyed hash of reader and mailing, which leads back to neither.
    """
    if reason not in LeaveReason.Reason.values:
        return
    newest = Mailing.objects.filter(digest__publication=subscription.publication, planned_at__isnull=False)
    about = f"{subscription.pk} {newest.order_by('-planned_at').values_list('pk', flat=True).first()}"
    LeaveReason.objects.update_or_create(
        key=salted_hmac("newsletter.why", about, algorithm="sha256").hexdigest(),
        defaults={"reason": reason, "at": timezone.now()},
    )


def _get_category(slug: str) -> Category:
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found
