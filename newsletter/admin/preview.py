"""The preview of a digest as a reader or a set of categories gets it, on a device and in a theme; and the test send."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from digests.admin import links
from digests.models import Digest
from newsletter.delivery import category_sets, send_test
from newsletter.emails import joining, message
from newsletter.emails.compose_problems import ComposeError
from newsletter.models import Subscriber, Subscription
from newsletter.subscribers import addresses, mail_hosts

# An email has styles of its own; nothing in it may run, and where pictures are blocked none is loaded.
_POLICY = "default-src 'none'; img-src {images}; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; sandbox allow-popups"
_OPEN_IN_NEW_TAB = '<base target="_blank"></head>'
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
DEVICES = ("desktop", "phone", "text")
_VIEW_READERS = "newsletter.view_subscriber"


@permission_required("digests.view_digest", raise_exception=True)
def show_preview_choices(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the choices and, in a frame, the email that results from them."""
    digest = _get_digest(pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Preview"),
        "digest": digest,
        "device": _one_of(request.GET.get("device"), DEVICES),
        "dark": "dark" in request.GET,
        "blocked": "blocked" in request.GET,
        "reader": request.GET.get("reader", "") if request.user.has_perm(_VIEW_READERS) else "",
        "may_choose_reader": request.user.has_perm(_VIEW_READERS),
        "may_choose_testers": request.user.has_perm("newsletter.send_mailing"),
        "query": request.GET.urlencode(),
        "links": links.summarize_links(digest),
    }
    try:
        letter = send_test.compose_proof(digest)
        sections, why = _chosen_sections(request, letter)
        context |= {"sections": _checkboxes(digest, letter, sections), "why": why, "bits": sections}
        context |= {"whole": send_test.check_email(letter, send_test.select_all_sections(letter))}
        shown = joining.join_fragments(letter, sections).subject if sections else letter.mailing.subject
        context |= {"subject": shown, "from": message.make_from_header(digest.publication.sender_name)}
        context |= {"check": send_test.check_email(letter, sections) if sections else None}
    except ComposeError as error:
        context |= {"problem": str(error)}
    return TemplateResponse(request, "admin/newsletter/preview.html", context)


def _get_digest(pk: int) -> Digest:
    return get_object_or_404(Digest.objects.select_related("publication"), pk=pk)


def _one_of(value: str | None, choices: tuple[str, ...]) -> str:
    return value if value in choices else choices[0]


def _chosen_sections(request: HttpRequest, letter: joining.MailingFragments) -> tuple[int, str]:
    """Return the sections (bits) of the chosen reader or categories, else all; and a message where there is no email."""
    address = request.GET.get("reader", "").strip()
    if address and request.user.has_perm(_VIEW_READERS):
        readers = addresses.filter_by_address(Subscriber.objects.all(), address)
        found = Subscription.objects.filter(
            publication=letter.mailing.digest.publication, subscriber__in=readers
        ).first()
        if found is None:
            return 0, _("This address isn’t subscribed to this newsletter.")
        sections = send_test.select_reader_sections(letter, found)
        gets_one = found.state == Subscription.State.ACTIVE and sections
        return sections, "" if gets_one else _("This subscriber wouldn’t get an email.")
    if "category" in request.GET:
        wanted = [int(one) for one in request.GET.getlist("category") if one.isdecimal() and len(one) < 10]
        sections = send_test.select_sections(letter, wanted)
        return sections, "" if sections else _("Subscribers with only these categories wouldn’t get an email.")
    return send_test.select_all_sections(letter), ""


def _checkboxes(digest: Digest, letter: joining.MailingFragments, sections: int) -> list[tuple[Any, bool]]:
    every = send_test.select_all_sections(letter)
    rows = digest.sections.all()
    return [(row, bool(sections >> row.position & 1)) for row in rows if every >> row.position & 1]


@permission_required("digests.view_digest", raise_exception=True)
@xframe_options_sameorigin
def show_preview_email(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the email itself, for the frame of the preview."""
    try:
        letter = send_test.compose_proof(_get_digest(pk))
    except ComposeError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=422)
    sections, why = _chosen_sections(request, letter)
    html, text = send_test.render_preview(letter, sections) if sections else ("", why)
    if request.GET.get("device") == "text" or not sections:
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(_apply_theme(html, dark="dark" in request.GET).replace("</head>", _OPEN_IN_NEW_TAB, 1))
    images = "'none'" if "blocked" in request.GET else f"'self' data: {settings.SITE_URL}"
    response["Content-Security-Policy"] = _POLICY.format(images=images)
    response["Cache-Control"] = "no-store"
    return response


def _apply_theme(html: str, *, dark: bool) -> str:
    """Return an email as a mail program in the given theme shows it, in a browser of either theme."""
    scheme = "dark" if dark else "light"
    head, end, body = _DARK.sub("@media all" if dark else "@media not all", html).partition("</head>")
    return head.replace("light dark", scheme) + end + body


@permission_required("digests.view_digest", raise_exception=True)
def show_sets_in_use(_request: HttpRequest, pk: int) -> HttpResponse:
    """Return as JSON how many sets of categories readers chose, and the size of the largest email."""
    digest = _get_digest(pk)
    try:
        found = category_sets.measure_sets_in_use(send_test.compose_proof(digest))
    except ComposeError as error:
        return JsonResponse({"error": str(error)}, status=422)
    if found is None:
        return JsonResponse({"sets": 0, "readers": 0})
    chosen = [row for row in digest.sections.all() if found.largest >> row.position & 1]
    return JsonResponse(
        {
            "sets": found.sets,
            "readers": found.readers,
            "words": ", ".join(
                (
                    ngettext("%(n)d selection", "%(n)d selections", found.sets) % {"n": found.sets},
                    ngettext("%(n)d subscriber", "%(n)d subscribers", found.readers) % {"n": found.readers},
                )
            ),
            "size": found.check.size,
            "fits": found.check.fits,
            "query": urlencode({"category": [row.category_id for row in chosen]}, doseq=True),
        }
    )


@require_POST
@permission_required("digests.view_digest", raise_exception=True)
def send_test_mails(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the chosen sections as a marked test: to the person's own address, or by a publisher to a few others."""
    digest = _get_digest(pk)
    back = reverse("admin:newsletter_preview", args=[pk])
    try:
        say, words = _send_test_mail(request, digest)
    except ComposeError as error:
        say, words = messages.error, str(error)
    say(request, words)
    query = request.POST.get("query", "")
    return HttpResponseRedirect(f"{back}?{query}" if query else back)


def _send_test_mail(request: HttpRequest, digest: Digest) -> tuple[Callable[..., None], str]:
    """Send the test; return the level and the text of the message about it."""
    to = [getattr(request.user, "email", "")]
    if request.user.has_perm("newsletter.send_mailing"):
        to = request.POST.get("to", "").replace(",", " ").split()
    if not to or to == [""]:
        return messages.error, _(
            "Your account has no email address. Ask an administrator to add one so you can send tests."
        )
    if len(to) > send_test.MAX_TESTERS:
        return messages.error, ngettext(
            "You can send a test to up to %(n)d address.",
            "You can send a test to up to %(n)d addresses.",
            send_test.MAX_TESTERS,
        ) % {"n": send_test.MAX_TESTERS}
    wrong = [one for one in to if not _is_address(one)]
    if wrong:
        return messages.error, _("Not an email address: %(wrong)s") % {"wrong": ", ".join(wrong)}
    letter = send_test.compose_proof(digest)
    chosen = request.POST.get("bits", "")
    sections = (int(chosen) if chosen.isdecimal() and len(chosen) < 20 else 0) & send_test.select_all_sections(letter)
    if not sections:
        return messages.error, _("Nothing to send. Select at least one category.")
    refused = send_test.send_test(letter, sections, to)
    if refused:
        return messages.error, _("Some tests couldn’t be sent: %(why)s") % {"why": "; ".join(refused)}
    return messages.success, _("Test sent to %(to)s.") % {"to": ", ".join(to)}


def _is_address(address: str) -> bool:
    try:
        mail_hosts.normalize_address(address)
    except ValueError:
        return False
    return True
