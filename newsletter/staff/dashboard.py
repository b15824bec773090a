"""Builds the dashboard of the desk: a card for each kind of thing that waits, with its number, the first lines and links.

A person gets only the cards whose pages they may open. Not here: how a card looks (templates/admin/index.html).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.models import Classification, Digest, Section, SectionItem, Source
from digests.quality.section_checks import is_overridden
from digests.sources import redirects
from digests.text.messages import format_message
from newsletter.feedback import bounce_mailbox
from newsletter.models import Alarm, Delivery, Event, Mailing, UnreadMails
from newsletter.operations import monitoring
from newsletter.transactional import attempts

LINES_PER_CARD = 6  # the heading has the whole number and the link to all
_RECENT = dt.timedelta(days=14)  # an older draft is no longer going to be approved
_A_DAY = dt.timedelta(days=1)
_BAD_EVENTS = ("bounced", "complained", "rejected", "failed")


@dataclass(frozen=True)
class CardLine:
    """One thing that waits, with the address of the page where it is dealt with."""

    text: str
    url: str
    note: str = ""


class CardMood(StrEnum):
    """How a card is marked; the values are classes of the page."""

    WAITS = "waits"  # for a person
    WRONG = "wrong"
    CALM = "calm"  # nothing to do


@dataclass(frozen=True)
class Card:
    """One kind of thing that waits: `count` of all, `lines` for the first few."""

    title: str
    url: str
    count: int
    mood: CardMood
    lines: list[CardLine] = field(default_factory=list)


def build_cards(user: AbstractBaseUser | AnonymousUser) -> list[Card]:
    """Return the cards that a person may see; those with nothing to do come last."""
    if not isinstance(user, PermissionsMixin):
        return []
    kinds = [
        ("digests.view_digest", _digest_cards),
        ("newsletter.view_mailing", _alarm_cards),
        ("newsletter.view_mailing", _service_mail_cards),
        ("digests.view_section", _section_cards),
        ("digests.view_section", _withdrawn_cards),
        ("newsletter.view_mailing", _mailing_cards),
        ("digests.view_source", _source_cards),
        ("newsletter.view_event", _event_cards),
        ("newsletter.view_event", _unread_mail_cards),
        ("digests.view_classification", _unsorted_cards),
    ]
    made = [card for permission, kind in kinds if user.has_perm(permission) for card in kind()]
    return sorted(made, key=lambda card: card.mood == CardMood.CALM)


def _digest_cards() -> Iterator[Card]:
    since = timezone.localdate() - _RECENT
    waiting = Digest.objects.filter(state=Digest.State.IN_REVIEW, imported=False, date__gt=since)
    good = Count("sections", filter=Q(sections__verdict=Section.Verdict.GOOD))
    waiting = waiting.select_related("publication").defer("chart").annotate(made=Count("sections"), good=good)
    rows = list(waiting.order_by("-date", "publication"))  # an aggregate drops the model's own order
    lines = [
        CardLine(
            f"{row.date:%m-%d} {row.publication.name}",
            reverse("admin:digests_digest_review", args=[row.pk]),
            " · ".join(_review_progress(row, row.good, row.made)),
        )
        for row in rows[:LINES_PER_CARD]
    ]
    everything = reverse("admin:digests_digest_changelist") + "?state__exact=in_review"
    yield Card(_("To review"), everything, len(rows), _waits_if(rows), lines)


def _waits_if(anything: object) -> CardMood:
    return CardMood.WAITS if anything else CardMood.CALM


def _wrong_if(anything: object) -> CardMood:
    return CardMood.WRONG if anything else CardMood.CALM


def _review_progress(digest: Digest, good: int, made: int) -> Iterator[str]:
    """Yield how many sections of a digest are read, and of today's digest the deadline."""
    progress = ngettext("%(good)d of %(n)d section checked", "%(good)d of %(n)d sections checked", made)
    yield progress % {"good": good, "n": made}
    ends = digest.publication.deadline(digest.date)
    if ends and digest.date == digest.publication.today():
        phrase = _("Approve by %(time)s") if ends > timezone.now() else _("Approval deadline %(time)s has passed")
        yield phrase % {"time": f"{ends:%H:%M} ({ends:%Z})"}


def _section_cards() -> Iterator[Card]:
    since = timezone.localdate() - _RECENT
    worth_a_look = Q(verdict=Section.Verdict.HELD) | ~Q(fallback_reason={}) | ~Q(findings=[])
    rows = Section.objects.filter(
        worth_a_look, digest__state=Digest.State.IN_REVIEW, digest__imported=False, digest__date__gt=since
    ).exclude(text="")
    rows = rows.select_related("digest__publication").prefetch_related("items").defer("digest__chart")
    found = [(row, why) for row in rows.order_by("-digest__date", "position") if (why := _why_held(row))]
    lines = [
        CardLine(
            str(row),
            reverse("admin:digests_digest_review", args=[row.digest_id]) + f"#section-{row.pk}",
            f"{row.digest.date:%m-%d} {row.digest.publication.name} · {why[:120]}",
        )
        for row, why in found[:LINES_PER_CARD]
    ]
    everything = lines[0].url if lines else reverse("admin:digests_digest_changelist")
    yield Card(_("Sections on hold or replaced by excerpts"), everything, len(found), _wrong_if(found), lines)


def _why_held(section: Section) -> str:
    """Return why a section is held, or why it has not the model's text; empty where it may pass."""
    if section.verdict == Section.Verdict.HELD:
        return _("on hold")
    blocks = [one for one in section.findings if one.get("weight") == "block"]
    if blocks and not is_overridden(section):
        return format_message(blocks[0])
    return "" if section.edited_at or section.verdict else format_message(section.fallback_reason)


def _withdrawn_cards() -> Iterator[Card]:
    """Yield a card of the recently withdrawn papers that an issue carries, if there are any."""
    found = SectionItem.objects.filter(item__withdrawn_at__gt=timezone.now() - _RECENT).exclude(item__withdrawn="")
    rows = list(found.select_related("item", "digest__publication").defer("digest__chart").order_by("-digest__date"))
    lines = [
        CardLine(
            row.headline,
            reverse("admin:digests_digest_review", args=[row.digest_id]) + f"#section-{row.section_id}",
            f"{row.digest.date:%m-%d} {row.digest.publication.name} · {row.item.withdrawn[:120] if row.item else ''}",
        )
        for row in rows[:LINES_PER_CARD]
    ]
    everything = reverse("admin:digests_item_changelist") + "?withdrawn__isempty=0"
    if rows:
        yield Card(_("Withdrawn after they appeared in an issue"), everything, len(rows), CardMood.WRONG, lines)


def _alarm_cards() -> Iterator[Card]:
    rows = list(Alarm.objects.filter(cleared_at=None).exclude(key__startswith="source-"))
    # A worker writes the rows of alarms. If no worker is alive, this page itself looks for silent processes.
    known = {row.key for row in rows}
    silent = monitoring.find_silent_processes()
    rows += [Alarm(key=one.key, message=one.message) for one in silent if one.key not in known]
    if rows:
        mailings = reverse("admin:newsletter_mailing_changelist")
        lines = [
            CardLine(
                format_message(row.message),
                _alarm_url(row.key) or mailings,
                f"{timezone.localtime(row.since):%m-%d %H:%M}",
            )
            for row in rows[:LINES_PER_CARD]
        ]
        yield Card(_("Needs attention"), mailings, len(rows), CardMood.WRONG, lines)


def _alarm_url(key: str) -> str:
    """Return the page where an alarm is dealt with: its mailing's, or that of the mail settings; empty without one."""
    if key.startswith("mail-"):
        return reverse("admin:newsletter_check_mail")
    number = key.rpartition("-")[2]
    return reverse("admin:newsletter_progress", args=[number]) if number.isdecimal() else ""


def _service_mail_cards() -> Iterator[Card]:
    """Yield what could not be sent to single persons; whose address it is, those see who may look readers up."""
    rows = attempts.list_failing_rows()
    if rows:
        page = reverse("admin:newsletter_check_mail")
        lines = [
            CardLine(
                row.label,
                page,
                f"{timezone.localtime(row.at):%m-%d %H:%M} · {row.describe()[:160]}",
            )
            for row in rows[::-1][:LINES_PER_CARD]
        ]
        yield Card(_("Service emails that couldn’t be sent"), page, len(rows), CardMood.WRONG, lines)


def _mailing_cards() -> Iterator[Card]:
    rows = list(
        Mailing.objects.exclude(state=Mailing.State.DONE).select_related("digest__publication").defer("digest__chart")
    )
    unknown = dict(
        Delivery.objects.filter(state=Delivery.State.UNKNOWN).values_list("mailing").annotate(n=Count("pk")).order_by()
    )
    finished = Mailing.objects.filter(pk__in=set(unknown) - {row.pk for row in rows})
    rows += list(finished.select_related("digest__publication").defer("digest__chart"))
    lines = [
        CardLine(
            f"{row.digest.date:%m-%d} {row.digest.publication.name}",
            reverse("admin:newsletter_progress", args=[row.pk]),
            row.get_state_display() + (_(" · %(n)d unknown") % {"n": unknown[row.pk]} if row.pk in unknown else ""),
        )
        for row in rows[:LINES_PER_CARD]
    ]
    mood = CardMood.WRONG if unknown else _waits_if(rows)
    yield Card(_("Mailings in progress"), reverse("admin:newsletter_mailing_changelist"), len(rows), mood, lines)


def _source_cards() -> Iterator[Card]:
    fail = Q(enabled=True, failures__gt=0) | Q(pk__in=redirects.list_stopped_sources())
    rows = list(Source.objects.filter(fail).order_by("enabled", "-failures", "name"))
    lines = [
        CardLine(row.name, reverse("admin:digests_source_change", args=[row.pk]), _source_trouble(row))
        for row in rows[:LINES_PER_CARD]
    ]
    everything = reverse("admin:digests_source_changelist")
    yield Card(_("Failing sources"), everything, len(rows), _wrong_if(rows), lines)
    if moved := list(redirects.list_proposed_moves()):
        lines = [
            CardLine(row.name, reverse("admin:digests_source_change", args=[row.pk]), f"{row.url} → {row.moved_to}")
            for row in moved[:LINES_PER_CARD]
        ]
        yield Card(_("Sources that have moved"), everything, len(moved), CardMood.WAITS, lines)


def _source_trouble(source: Source) -> str:
    if not source.enabled:
        return _("stopped: the address no longer exists")
    why = format_message(source.last_error)[:120]
    return _("%(n)d in a row: %(why)s") % {"n": source.failures, "why": why}


def _event_cards() -> Iterator[Card]:
    found = Event.objects.filter(at__gt=timezone.now() - _A_DAY, kind__in=_BAD_EVENTS)
    counts = list(found.values_list("kind").annotate(n=Count("pk")).order_by("-n"))
    everything = reverse("admin:newsletter_event_changelist")
    lines = [CardLine(f"{Event.Kind(kind).label}: {n}", f"{everything}?kind__exact={kind}") for kind, n in counts]
    total = sum(n for _kind, n in counts)
    yield Card(_("Bounces and spam complaints, last 24 hours"), everything, total, _waits_if(total), lines)


def _unread_mail_cards() -> Iterator[Card]:
    """Yield a card of the mails in the bounce mailbox that were not understood since yesterday, if there are any."""
    since = timezone.now() - _A_DAY
    unread = UnreadMails.objects.filter(at__gt=since).aggregate(n=Sum("count"))["n"] or 0
    wordless = Event.objects.filter(
        at__gt=since,
        provider=bounce_mailbox.MAILBOX_PROVIDER,
        kind="bounced",
        detail="",
        delivery__subscriber__isnull=False,
    ).count()
    url = reverse("admin:newsletter_event_changelist")
    lines = [
        CardLine(
            ngettext(
                "%(n)d email that has no report, or none about our emails",
                "%(n)d emails that have no report, or none about our emails",
                unread,
            )
            % {"n": unread},
            url,
            settings.IMAP_MAILBOX,
        ),
        CardLine(
            ngettext(
                "%(n)d bounce without a reason, counted as temporary",
                "%(n)d bounces without a reason, counted as temporary",
                wordless,
            )
            % {"n": wordless},
            f"{url}?kind__exact=bounced",
        ),
    ]
    if unread or wordless:
        counted = [line for line, n in zip(lines, (unread, wordless), strict=True) if n]
        yield Card(_("Unreadable emails in the bounce mailbox"), url, unread + wordless, CardMood.WAITS, counted)


def _unsorted_cards() -> Iterator[Card]:
    found = Classification.objects.filter(category=None, at__gt=timezone.now() - _RECENT)
    wishes = list(found.values_list("suggested").annotate(n=Count("pk")).order_by("-n", "suggested"))
    everything = reverse("admin:digests_item_changelist") + "?classifications__category__isnull=True"
    lines = [
        CardLine(wish or _("no suggestion"), f"{everything}&q={quote(wish)}", str(n))
        for wish, n in wishes[:LINES_PER_CARD]
    ]
    total = sum(n for _wish, n in wishes)
    yield Card(_("Unsorted items, by suggested category"), everything, total, _waits_if(total), lines)
