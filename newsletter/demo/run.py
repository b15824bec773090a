"""Runs the demo's day by the functions of production: collects feeds, builds and approves digests, sends emails.

Not here: showing the result (report).
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from digests.building.build import build_digest
from digests.llm import servers
from digests.models import Digest, Publication, Section, Source
from digests.review import edit
from digests.review.approve import approve_digest
from digests.seed.bootstrap import bootstrap_content
from digests.sources.collect import collect_source, describe_visit
from digests.text.counts import count_noun
from digests.text.messages import format_message
from newsletter.delivery import dispatch, queue
from newsletter.delivery.mailing_lifecycle import schedule_mailing
from newsletter.demo.readers import READERS, DemoReader
from newsletter.demo.serve import serve_folder
from newsletter.models import Mailing, SignupRequest, Subscription, TransactionalMail
from newsletter.subscribers import consent

DEMO_DATE = dt.date(2026, 5, 22)  # the day of the bundled feeds
SOURCES = {
    "papers": {
        "demo-arxiv": ("arXiv", "arxiv.xml", "en"),
        "demo-huggingface": ("Hugging Face", "huggingface.xml", "en"),
    },
    "news": {"demo-headlines": ("AI headlines", "headlines.xml", "ko"), "demo-notes": ("Notes", "notes.xml", "ko")},
}
REMOVED_CATEGORY = "tabular"  # so that one reader has chosen nothing that is sent
Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoDay:
    """The results of the demo's day."""

    digests: list[Digest]
    subscriptions: list[tuple[DemoReader, Subscription]]
    writer: str  # who wrote the summaries, in one line


def run_demo(say: Say) -> DemoDay:
    """Run the day on the empty database of the settings; `say` prints the progress."""
    say("Creating the starting content")
    bootstrap_content()
    Publication.objects.filter(slug="papers-en").update(enabled=True)
    Source.objects.update(enabled=False)
    with serve_folder() as address:
        _collect(address, say)
    say(f"Signing up {count_noun(len(READERS), 'subscriber')}")
    subscriptions = [(reader, _sign_up(reader)) for reader in READERS]
    editor = get_user_model().objects.create_user("editor", is_staff=True)
    publications = [Publication.objects.get(slug=slug) for slug in ("papers", "news", "papers-en")]
    digests = [_publish(publication, editor, say) for publication in publications]
    say("Sending")
    dispatch.send_due_mailings()
    for mailing in Mailing.objects.select_related("digest__publication"):
        say(f"  {mailing.digest.publication.slug}: {queue.describe_counts(mailing)}")
    return DemoDay(digests, subscriptions, _describe_writer())


def _collect(address: str, say: Say) -> None:
    """Collect the bundled documents; the English newsletter reads the same ones."""
    for slug, sources in SOURCES.items():
        for source_slug, (name, file, language) in sources.items():
            source = Source.objects.create(
                slug=source_slug, name=name, url=f"{address}/{file}", language=language, max_age_days=0
            )
            for publication in Publication.objects.filter(slug__in=[slug, f"{slug}-en"]):
                publication.sources.add(source)
            visit = collect_source(source)
            say(f"Fetching {name}: {describe_visit(visit)}")


def _sign_up(reader: DemoReader) -> Subscription:
    """Sign a reader up as the site does, and bring the subscription into the state of the reader's note."""
    publication = Publication.objects.get(slug=reader.publication)
    slugs = reader.categories or consent.list_open_categories(publication).values_list("slug", flat=True)
    asked = consent.record_sign_up(
        email=reader.email, publication=publication, categories=list(slugs), language=reader.language
    )
    subscription = consent.process_sign_up(asked)
    if subscription is None:
        raise ValueError(f"{reader.name} could not sign up")
    if reader.note != "unconfirmed":
        consent.confirm_subscription(subscription, ip=None)
    if reader.note == "unsubscribed":
        consent.unsubscribe_from_publication(subscription)
    elif reader.note == "paused":
        consent.pause_reader(subscription.subscriber, dt.date(9999, 12, 31))
    SignupRequest.objects.all().delete()
    TransactionalMail.objects.all().delete()  # the demo's outbox shows digests alone, no welcome
    return subscription


def _publish(publication: Publication, editor: AbstractBaseUser, say: Say) -> Digest:
    say(f"Building {publication.slug} {DEMO_DATE}")
    digest = build_digest(publication, DEMO_DATE, progress=lambda line: say(f"  {line}"))
    if digest is None:
        raise ValueError(f"no items for an issue of {publication.slug}")
    for section in digest.sections.filter(category__slug=REMOVED_CATEGORY):
        say(f"  The editor leaves out {section}")
        edit.drop_section(section, by=editor)
    if digest.cost_line:
        say(f"  Cost of this issue: {digest.cost_line}")
    schedule_mailing(approve_digest(digest, by=editor), timezone.now())
    return digest


def _describe_writer() -> str:
    if not servers.is_model_configured():
        return "All summaries are excerpts from the sources. Set OPENAI_API_KEY (or OPENAI_BASE_URL) to have an AI write them."
    models = _models()
    if models:
        return f"Summaries were written by {', '.join(models)}."
    reasons = Section.objects.exclude(fallback_reason={}).order_by("pk").values_list("fallback_reason", flat=True)
    return f"All summaries are excerpts from the sources because the AI wrote none: {format_message(reasons[0])}."


def _models() -> Iterable[str]:
    found = Digest.objects.filter(sections__origin="model").values_list("sections__model", flat=True)
    return sorted({model for model in found if model})
