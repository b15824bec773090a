"""Makes the rows that the demo has none of: readers in every state, an issue in review, one that a model wrote, service mails.

It writes into the copy of the demo's database on which the pictures are taken, by the functions of production where there are any.
"""

import datetime as dt
import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Value
from django.db.models.functions import Replace
from django.test import Client, override_settings
from django.utils import timezone

from digests.building.build import build_digest
from digests.models import Category, Digest, Publication, Section, SectionItem, Source
from digests.models.digests import make_built_title
from digests.quality import section_checks
from digests.review.approve import approve_digest
from newsletter.archive import search
from newsletter.delivery import dispatch, restored_database
from newsletter.delivery.mailing_lifecycle import schedule_mailing
from newsletter.demo.run import DEMO_DATE
from newsletter.models import Fragment, KnownDatabase, SignupRequest, Subscriber, Subscription, TransactionalMail
from newsletter.staff.language import save_language
from newsletter.subscribers import account, consent, links, opt_out
from newsletter.transactional import mails

LANGUAGES = ("ko", "en")
PUBLICATIONS = {"ko": "papers", "en": "papers-en"}
CHOSEN = ("llm", "multimodal", "computer-vision")
SHOWN_SITE = "https://news.example.org"  # as in the demo's mails: an address that mails spell out is not that of a test
HOST = "example.com"  # the demo's own readers are at example.org
WRITTEN_DATE = DEMO_DATE - dt.timedelta(days=1)
REVIEWED = ("llm", "multimodal", "computer-vision", "robotics")


@dataclass(frozen=True)
class Links:
    """The addresses of personal pages, each of a reader in the state that the page is for."""

    confirm: str
    never: str
    manage: str
    paused: str
    leave: str
    leave_category: str
    left: str
    owner: str
    address: str
    take_back: str


def make_links(language: str) -> Links:
    """Make the readers of the personal pages again, so that no page finds what was done on another, and return their links."""
    Subscriber.objects.filter(email__endswith=f"@{HOST}").delete()
    SignupRequest.objects.all().delete()
    consent.withdraw_opt_out(f"nara@{HOST}")  # of the page before: nothing could be sent there any more
    manage, paused = _subscribe("haneul", language), _subscribe("dana", language)
    consent.pause_reader(paused.subscriber, timezone.localdate() + dt.timedelta(days=14))
    left = _subscribe("sol", language)
    consent.unsubscribe_from_publication(left)
    return Links(
        confirm=_confirm_url(_subscribe("garam", language, confirmed=False)),
        never=opt_out.make_opt_out_url(_subscribe("nara", language, confirmed=False)),
        manage=links.make_manage_url(manage.pk, manage.subscriber.link_key),
        paused=links.make_manage_url(paused.pk, paused.subscriber.link_key),
        leave=_leave_url(_subscribe("bora", language)),
        leave_category=_leave_url(_subscribe("miso", language)) + "/llm",
        left=_leave_url(left),
        owner=account.make_account_url(_note("owner", manage)),
        address=account.make_account_url(_note("address", manage, f"haneul.new@{HOST}")),
        take_back=account.make_account_url(_note("undo", manage)),
    )


def _subscribe(name: str, language: str, *, confirmed: bool = True, host: str = HOST) -> Subscription:
    publication = Publication.objects.get(slug=PUBLICATIONS[language])
    asked = consent.record_sign_up(
        email=f"{name}@{host}", publication=publication, categories=list(CHOSEN), language=language
    )
    made = consent.process_sign_up(asked)
    if made is None:
        raise ValueError(f"{name} could not sign up")
    if confirmed:
        consent.confirm_subscription(made, ip=None)
        made.refresh_from_db()
    TransactionalMail.objects.filter(subscription=made).delete()  # of the welcome a picture is taken by itself
    SignupRequest.objects.all().delete()
    return made


def _confirm_url(pending: Subscription) -> str:
    return f"{settings.SITE_URL}/c/{consent.make_confirm_token(pending)}/"


def _leave_url(active: Subscription) -> str:
    return links.make_unsubscribe_url(active.pk, active.subscriber.link_key)


def _note(kind: str, about: Subscription, to: str = "", *, digest: Digest | None = None) -> TransactionalMail:
    reader = about.subscriber
    return TransactionalMail.objects.create(
        kind=kind,
        email=to or reader.email,
        language=reader.language,
        subscription=None if digest else about,
        digest=digest,
        key="0123456789abcdef" if kind == TransactionalMail.Kind.UNDO else "",
    )


def log_in(language: str) -> str:
    """Return the cookie of a session at the desk, of an administrator who reads a language."""
    person, _ = User.objects.get_or_create(username=f"editor-{language}", is_staff=True, is_superuser=True)
    save_language(person, language)
    client = Client()
    client.force_login(person)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def log_in_without_rights() -> str:
    """Return the cookie of a session of a person who belongs to no group."""
    person, _ = User.objects.get_or_create(username="newcomer", is_staff=True)
    client = Client()
    client.force_login(person)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def adopt_copy() -> None:
    """Take the copied database for the only one, so that what is sent from it isn't paused as after a restored backup; and this site for its emails'."""
    KnownDatabase.objects.all().delete()
    restored_database.pause_uncertain_mailings()
    Fragment.objects.update(html=Replace("html", Value(SHOWN_SITE), Value(settings.SITE_URL)))


def send_written_issue() -> Digest:
    """Send, as the newsletter's issue of the day before, what the demo's scripted model wrote without a fault."""
    digest = Digest.objects.get(publication__slug="failure-good")
    publication = Publication.objects.get(slug="papers")
    _move_digest(digest, publication, WRITTEN_DATE)
    editor = User.objects.get(username="editor")
    schedule_mailing(approve_digest(digest, by=editor), timezone.now())
    dispatch.send_due_mailings()
    search.index_due_digests()
    return digest


def _move_digest(digest: Digest, publication: Publication, date: dt.date) -> None:
    digest.publication, digest.date, digest.title = publication, date, make_built_title(publication, date)
    digest.save()


def make_issue_in_review() -> Digest:
    """Make an issue of tomorrow that waits for an editor: excerpts, a section of the model, one on hold, one that is good.

    It is of a newsletter of its own, because no newsletter brings an item twice. The demo's other digests of its scripted
    model are deleted: at the desk they would hide everything else.
    """
    own = Publication.objects.create(
        slug="models", name="Daily Artificial Intelligence Insights: Models", short_name="AI 모델", language="ko"
    )
    own.categories.set(Category.objects.filter(slug__in=REVIEWED))
    own.sources.set(Source.objects.filter(slug__in=["demo-arxiv", "demo-huggingface"]))
    digest = build_digest(own, DEMO_DATE)
    if digest is None:
        raise ValueError("the demo has no items for an issue in review")
    _move_digest(digest, own, timezone.localdate() + dt.timedelta(days=1))
    _put_in_written_section(digest)
    sections = list(digest.sections.exclude(category__slug="multimodal"))
    Section.objects.filter(pk=sections[0].pk).update(verdict=Section.Verdict.GOOD)
    Section.objects.filter(pk=sections[-1].pk).update(verdict=Section.Verdict.HELD)
    for section in digest.sections.all():  # what the checks found before was about another newsletter
        section_checks.recheck_section(section)
    Publication.objects.filter(pk=own.pk).update(enabled=False)  # the public pages are those of the demo
    Digest.objects.filter(publication__slug__startswith="failure-").delete()
    Publication.objects.filter(slug__startswith="failure-").delete()
    return digest


def _put_in_written_section(digest: Digest) -> None:
    """Replace one section by that of the scripted model, from which the checks took a sentence."""
    written = Section.objects.get(digest__publication__slug="failure-scale")
    place = digest.sections.get(category=written.category)
    position = place.position
    items = [one.item_id for one in written.items.all()]
    place.delete()
    SectionItem.objects.filter(digest=digest, item__in=items).delete()
    Section.objects.filter(pk=written.pk).update(digest=digest, position=position)
    SectionItem.objects.filter(section=written).update(digest=digest)


def send_service_mails(reviewed: Digest) -> None:
    """Send one service mail of each kind in each language, to an address that says which it is."""
    kinds = TransactionalMail.Kind
    for language in LANGUAGES:
        for kind in (kinds.WELCOME, kinds.LINK, kinds.OWNER, kinds.ADDRESS, kinds.UNDO):
            _note(kind, _subscribe(f"{kind}-{language}", language, host="mails.example"))
        _note(kinds.CONFIRM, _subscribe(f"known-{language}", language, host="mails.example"))
        _note(kinds.CONFIRM, _subscribe(f"confirm-{language}", language, confirmed=False, host="mails.example"))
        reader = Subscriber(language=language, email=f"reminder-{language}@mails.example")
        _note(kinds.REMINDER, Subscription(subscriber=reader), digest=reviewed)
    with override_settings(SITE_URL=SHOWN_SITE):
        mails.send_due_mails()
    Subscriber.objects.filter(email__endswith="@mails.example").delete()  # the lists of the desk are those of the demo


def read_mails(folder: Path) -> dict[str, str]:
    """Return the HTML of the newest email to each address in a folder of .eml files, with the pictures of this site."""
    found = {}
    for path in sorted(folder.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        part = mail.get_body(preferencelist=("html",))
        if part is not None:
            found[str(mail["To"])] = re.sub(r'(?<=src=")https?://[^/"]+', settings.SITE_URL, str(part.get_content()))
    return found
