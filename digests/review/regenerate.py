"""An editor's wish to have a section written anew (Rewrite) -> the model's text in its place, or why the old one stays.

A request leaves a row, the clock carries it out, and the page tells how far it is: one at a time per section, and per
digest, so that each knows what the ones before it have cost. The answer passes the same gates as the first one. It
takes the old text's place only if text and sources are still those that it was asked for; where somebody was faster,
it is kept on the row for the editor to take or leave. A worker that was killed in mid-request has paid for nothing:
the wish fails, and is not repeated unasked.
"""

import datetime as dt
import logging
from dataclasses import asdict

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from digests.llm import requests
from digests.llm.budget import Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError, load_prompt
from digests.models import Digest, Revision, Rewrite, Section, SectionItem
from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error
from digests.quality import section_checks
from digests.review.edit import EditError, is_sent, mark_edited, record_revision, redraw_chart, void_approval
from digests.text.cleaning import clean_line
from digests.writing.section_writer import HeldByGatesError, WritingRecord
from digests.writing.summarize import SectionDraft, make_brief, write_draft

logger = logging.getLogger(__name__)

MAX_HINT_CHARACTERS = 300  # characters; what takes more is written faster than explained
LEASE = dt.timedelta(minutes=30)  # the longest that a budget of time lets a section take, twice
WORKER_STOPPED = "the worker stopped in mid-request"
NO_USABLE_SOURCE = "no source of this section says enough to be summarized"


def request_rewrite(section: Section, hint: str, *, by: AbstractBaseUser) -> Rewrite:
    """Note the wish for a new text; raise EditError where it can't be had."""
    if not requests.is_model_configured():
        raise EditError(_("No model is set up, so nothing can be written anew."))
    hint = " ".join(hint.split())
    if len(hint) > MAX_HINT_CHARACTERS:
        raise EditError(_("At most %(n)d characters.") % {"n": MAX_HINT_CHARACTERS})
    row = Section.objects.select_related("digest").defer("digest__chart").get(pk=section.pk)
    if is_sent(row.digest):
        raise EditError(_("This digest has been sent. It is not changed any more."))
    if row.digest.state == Digest.State.DRAFT:
        raise EditError(_("This digest is still being built."))
    if not row.items.exists():
        raise EditError(_("No source stands here any more."))
    try:
        with transaction.atomic():
            wish = Rewrite.objects.create(
                section=row,
                hint=clean_line(hint, MAX_HINT_CHARACTERS),
                before=section_checks.fingerprint_section(row),
                by_id=by.pk,
            )
    except IntegrityError:
        raise EditError(_("This section is being written already.")) from None
    Rewrite.objects.filter(section=row).exclude(pk=wish.pk).update(dismissed=True)
    return wish


def cancel_rewrite(section: Section) -> None:
    """Wait no longer: whatever the model still answers is not taken."""
    for wish in section.rewrites.filter(finished_at=None):
        _record_outcome(wish, Rewrite.Outcome.CANCELLED)


def dismiss_rewrites(section: Section) -> None:
    """Show no more what became of the wishes for a section."""
    section.rewrites.exclude(finished_at=None).update(dismissed=True)


def run_pending_rewrites(now: dt.datetime | None = None) -> int:
    """Carry out what waits; return how many wishes. Several workers may run this at once."""
    dead = Rewrite.objects.filter(finished_at=None, started_at__lt=(now or timezone.now()) - LEASE)
    for one in dead:
        _record_outcome(one, Rewrite.Outcome.FAILED, reason=WORKER_STOPPED)
    done = 0
    while wish := _claim_next_rewrite():
        _run_rewrite(wish)
        done += 1
    return done


def _claim_next_rewrite() -> Rewrite | None:
    """Take the oldest wish of a digest of which no other is under way, and no other worker with us."""
    waiting = Rewrite.objects.filter(started_at=None, finished_at=None).values_list("pk", "section__digest")
    for pk, digest in list(waiting):
        with transaction.atomic():
            Digest.objects.select_for_update().only("pk").get(pk=digest)
            under_way = Rewrite.objects.filter(section__digest=digest, finished_at=None, started_at__isnull=False)
            free = Rewrite.objects.filter(pk=pk, started_at=None, finished_at=None)
            if not under_way.exists() and free.update(started_at=timezone.now()):
                return Rewrite.objects.select_related("by").get(pk=pk)
    return None


def _run_rewrite(wish: Rewrite) -> None:
    lines = Prefetch("items", SectionItem.objects.select_related("item"))
    rows = Section.objects.select_related("digest__publication", "category").prefetch_related(lines)
    section = rows.filter(pk=wish.section_id).first()
    if section is None:  # a build has taken it out of the digest, and the wish with it
        return
    story = WritingRecord(Budget(spent=section.digest.cost))
    try:
        draft = _write_new_draft(section, wish, story)
        with override(None):  # a reason is kept in English, whoever reads it
            _replace_text(wish, draft)
    except (LLMError, PromptError, HeldByGatesError, EditError) as error:
        _record_outcome(wish, Rewrite.Outcome.FAILED, reason=str(error))
    except DATABASE_DOWN_ERRORS:
        raise  # the wish is shown as broken off once its lease is over
    except Exception as error:
        logger.exception("rewrite=%d", wish.pk)
        _record_outcome(wish, Rewrite.Outcome.FAILED, reason=f"an unexpected error: {describe_error(error)}")
    finally:
        _record_cost(section.digest, story)
    outcome = Rewrite.objects.filter(pk=wish.pk).values_list("outcome", flat=True).first()
    logger.info("rewrite=%d section=%d outcome=%s", wish.pk, section.pk, outcome)


def _write_new_draft(section: Section, wish: Rewrite, story: WritingRecord) -> SectionDraft:
    language = section.digest.publication.language
    template = load_prompt("summarize", language)
    wished = {"hint": wish.hint, "text": section.text} if wish.hint else None
    brief = make_brief(section, language, template, wished)
    if not brief.told:
        raise EditError(NO_USABLE_SOURCE)
    return write_draft(brief, template, story)


def _record_cost(digest: Digest, story: WritingRecord) -> None:
    bill = story.bill
    Digest.objects.filter(pk=digest.pk).update(
        cost=F("cost") + bill.cost,
        tokens_in=F("tokens_in") + bill.tokens_in,
        tokens_out=F("tokens_out") + bill.tokens_out,
    )


@transaction.atomic
def _replace_text(wish: Rewrite, draft: SectionDraft) -> None:
    """Put the new text where the old one stood, unless somebody was faster, or waits no longer."""
    rows = Section.objects.select_for_update().select_related("digest__publication")
    row = rows.filter(pk=wish.section_id).first()
    if row is None:  # a build was faster
        return
    if section_checks.fingerprint_section(row) != wish.before:
        _record_outcome(wish, Rewrite.Outcome.CONFLICT, text=draft.text)
        return
    if not _record_outcome(wish, Rewrite.Outcome.WRITTEN):
        return
    void_approval(row.digest, wish.by)
    what = Revision.What.REWRITE
    record_revision(row.digest, row, what, before=row.text, after=draft.text, by=wish.by, apart=True, remark=wish.hint)
    Section.objects.filter(pk=row.pk).update(**asdict(draft))
    Section.objects.filter(pk=row.pk, verdict=Section.Verdict.GOOD).update(verdict=Section.Verdict.OPEN)
    mark_edited(row, wish.by)
    if not row.text:  # it was out of the digest
        redraw_chart(row.digest)
    row.refresh_from_db()
    section_checks.recheck_section(row)


def _record_outcome(wish: Rewrite, outcome: str, *, text: str = "", reason: str = "") -> bool:
    """Write what became of a wish, once; say whether this was the first word on it."""
    waiting = Rewrite.objects.filter(pk=wish.pk, finished_at=None)
    return bool(waiting.update(outcome=outcome, text=text, reason=reason, finished_at=timezone.now()))
