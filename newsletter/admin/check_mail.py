"""The page that tries the mail settings: it shows what `manage.py check_mail` prints, for people without a shell."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from newsletter.operations import mail_checks, mail_trial
from newsletter.operations.sender_dns import DnsFinding, FindingMood
from newsletter.transport import relays


@dataclass(frozen=True)
class ShownFinding:
    """A finding with the words and the class of its badge."""

    about: str
    mood: FindingMood
    text: str
    sign: str
    badge: str


@require_http_methods(["GET", "POST"])
@permission_required("newsletter.view_mailing", raise_exception=True)
def show_check_mail(request: HttpRequest) -> HttpResponse:
    """Show the mail settings; on POST by a person who may send, try them."""
    may_try = request.user.has_perm("newsletter.send_mailing")
    address = request.POST.get("address", "").strip() or getattr(request.user, "email", "")
    problem, findings = "", []
    if request.method == "POST":
        if not may_try:
            raise PermissionDenied
        if problem := _address_problem(address):
            address = ""
        else:
            findings = [_show_finding(one) for one in mail_trial.try_mail_settings(address)]
    context = {
        **admin.site.each_context(request),
        "title": _("Check mail settings"),
        "sender": settings.FROM_EMAIL,
        "way": _transport_name(),
        "contradictions": [str(one.msg) for one in mail_checks.check_mail_settings()],
        "may_try": may_try,
        "address": address,
        "problem": problem,
        "findings": findings,
    }
    return TemplateResponse(request, "admin/newsletter/check_mail.html", context, status=400 if problem else 200)


def _address_problem(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return _("Not an email address: %(wrong)s") % {"wrong": address[:254]}
    return ""


def _transport_name() -> str:
    """Return the names of the relays, or the backend where mail leaves another way."""
    if settings.EMAIL_BACKEND != relays.SMTP_BACKEND:
        return settings.EMAIL_BACKEND
    return ", ".join(relay.name for relay in relays.list_relays())


def _show_finding(finding: DnsFinding) -> ShownFinding:
    sign, badge = {
        FindingMood.GOOD: (_("OK"), "done"),
        FindingMood.LOOK: (_("check this"), "warn"),
        FindingMood.WRONG: (_("problem"), "wrong"),
    }[finding.mood]
    return ShownFinding(*finding, sign=sign, badge=badge)
