"""Regenerates a section: the model writes its text again, with an editor's hint, through the same gates as the first time.

A request is a row (Rewrite) that a tick of the clock runs, while the page shows how far it is. One runs at a time per digest,
so that each knows what the ones before it have cost. The new text replaces the old one only if text and sources have not
changed since the request. If they have, the new text is kept on the row, for the editor to take or leave. If a worker is
killed in the middle of a request, the rewrite fails; it is not repeated by itself, because that would cost again.
"""

import datetime as dt
import logging
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.llm import servers
from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError, load_prompt
from digests.models import Digest, Revision, Rewrite, Section, SectionItem
from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error
from digests.quality import section_checks
from digests.review.edit import (
    EditError,
    describe_limit,
    is_sent,
    mark_edited,
    record_revision,
    redraw_chart,
    void_approval,
)
from digests.text.cleaning import clean_line
from digests.text.messages import OtherCode, make_message
from digests.writing.fallback_codes import FallbackCode
from digests.writing.section_writer import HeldByGatesError, WritingRecord
from digests.writing.summarize import SectionDraft, make_brief, write_draft

logger = logging.getLogger(__name__)

MAX_HINT_CHARACTERS = 300  # to explain more takes longer than to write the text
LEASE = dt.timedelta(minutes=30)  # twice the longest time that the budget allows for a section


def request_rewrite(section: Section, hint: str, *, by: AbstractBaseUser) -> Rewrite:
    """Record the request for a new text of a section; raise EditError if it cannot be written."""
    if not servers.is_model_configured():
        raise EditError(_("You need to set up an AI model before you can regenerate."))
    hint = " ".join(hint.split())
    if len(hint) > MAX_HINT_CHARACTERS:
        raise EditError(describe_limit(MAX_HINT_CHARACTERS))
    row = Section.objects.select_related("digest").defer("digest__chart").get(pk=section.pk)
    if is_sent(row.digest):
        raise EditError(_("This issue has been sent, so it can’t be edited."))
    if row.digest.state == Digest.State.DRAFT:
        raise EditError(_("This issue is still being built. Try again in a moment."))
    if not row.items.exists():
        raise EditError(_("No items left."))
    try:
        with transaction.atomic():
            rewrite = Rewrite.objects.create(
                section=row,
                hint=clean_line(hint, MAX_HINT_CHARACTERS),
                before=section_checks.fingerprint_section(row),
                by_id=by.pk,
            )
    except IntegrityError:  # a constraint allows one open rewrite per section
        raise EditError(_("This section is already being regenerated.")) from None
    Rewrite.objects.filter(section=row).exclude(pk=rewrite.pk).update(dismissed=True)
    return rewrite


def cancel_rewrite(section: Section) -> None:
    """Cancel the open rewrite of a section: an answer that still comes is not used."""
    for rewrite in section.rewrites.filter(finished_at=None):
        _record_outcome(rewrite, Rewrite.Outcome.CANCELLED)


def dismiss_rewrites(section: Section) -> None:
    """Hide the results of the finished rewrites of a section from its page."""
    section.rewrites.exclude(finished_at=None).update(dismissed=True)


def run_pending_rewrites(now: dt.datetime | None = None) -> int:
    """Run the rewrites that wait, and return their number; several workers may run this at once."""
    # A worker that was killed leaves its rewrite open: after the lease it has failed.
    abandoned = Rewrite.objects.filter(finished_at=None, started_at__lt=(now or timezone.now()) - LEASE)
    for one in abandoned:
        _record_outcome(one, Rewrite.Outcome.FAILED, reason=make_message(FallbackCode.INTERRUPTED))
    done = 0
    while rewrite := claim_next_rewrite():
        _run_rewrite(rewrite)
        done += 1
    return done


def claim_next_rewrite() -> Rewrite | None:
    """Claim the oldest rewrite of a digest in which no other is running, and return it; several workers may do this at once."""
    open_rewrites = Rewrite.objects.filter(started_at=None, finished_at=None).values_list("pk", "section__digest")
    for pk, digest in list(open_rewrites):
        with transaction.atomic():
            # The digest's lock: two workers must not start two rewrites of one digest, which share its budget.
            Digest.objects.select_for_update().only("pk").get(pk=digest)
            running = Rewrite.objects.filter(section__digest=digest, finished_at=None, started_at__isnull=False)
            claimable = Rewrite.objects.filter(pk=pk, started_at=None, finished_at=None)
            if not running.exists() and claimable.update(started_at=timezone.now()):
                return Rewrite.objects.select_related("by").get(pk=pk)
    return None


def _run_rewrite(rewrite: Rewrite) -> None:
    lines = Prefetch("items", SectionItem.objects.select_related("item"))
    rows = Section.objects.select_related("digest__publication", "category").prefetch_related(lines)
    section = rows.filter(pk=rewrite.section_id).first()
    if section is None:  # a build has deleted the section, and the rewrite with it
        return
    record = WritingRecord(Budget(spent=section.digest.cost))
    try:
        draft = _write_new_draft(section, rewrite, record)
        replace_section_text(rewrite, draft)
    except (LLMError, PromptError, HeldByGatesError) as error:
        _record_outcome(rewrite, Rewrite.Outcome.FAILED, reason=error.message)
    except EditError:  # its mailing has begun meanwhile
        _record_outcome(rewrite, Rewrite.Outcome.FAILED, reason=make_message(FallbackCode.SENT))
    except DATABASE_DOWN_ERRORS:
        raise  # nothing can be saved now; it fails when its lease is over
    except Exception as error:
        logger.exception("rewrite=%d", rewrite.pk)
        _record_outcome(
            rewrite, Rewrite.Outcome.FAILED, reason=make_message(OtherCode.UNEXPECTED, place=describe_error(error))
        )
    finally:
        record_cost(section.digest, record.bill, record.verifier_bill)
    outcome = Rewrite.objects.filter(pk=rewrite.pk).values_list("outcome", flat=True).first()
    logger.info("rewrite=%d section=%d outcome=%s", rewrite.pk, section.pk, outcome)


def _write_new_draft(section: Section, rewrite: Rewrite, record: WritingRecord) -> SectionDraft:
    language = section.digest.publication.language
    template = load_prompt("summarize", language)
    rewrite_hint = {"hint": rewrite.hint, "text": section.text} if rewrite.hint else None
    brief = make_brief(section, language, template, rewrite_hint)
    if not brief.summarizable:
        raise HeldByGatesError(FallbackCode.NO_SOURCE)
    return write_draft(brief, template, record)


def record_cost(digest: Digest, bill: Bill, verifier_bill: Bill) -> None:
    """Add what was paid for a section to the cost of its digest; `verifier_bill` is the part of the second model."""
    Digest.objects.filter(pk=digest.pk).update(
        cost=F("cost") + bill.cost,
        verifier_cost=F("verifier_cost") + verifier_bill.cost,
        tokens_in=F("tokens_in") + bill.tokens_in,
        tokens_out=F("tokens_out") + bill.tokens_out,
    )


@transaction.atomic
def replace_section_text(rewrite: Rewrite, draft: SectionDraft) -> None:
    """Replace the text of the section, unless text or sources have changed or the rewrite was cancelled."""
    rows = Section.objects.select_for_update().select_related("digest__publication")
    row = rows.filter(pk=rewrite.section_id).first()
    if row is None:  # a build has deleted it meanwhile
        return
    if section_checks.fingerprint_section(row) != rewrite.before:
        _record_outcome(rewrite, Rewrite.Outcome.CONFLICT, text=draft.text)
        return
    if not _record_outcome(rewrite, Rewrite.Outcome.WRITTEN):
        return
    void_approval(row.digest, rewrite.by)
    what = Revision.What.REWRITE
    record_revision(
        row.digest, row, what, before=row.text, after=draft.text, by=rewrite.by, apart=True, remark=rewrite.hint
    )
    Section.objects.filter(pk=row.pk).update(**asdict(draft))
    Section.objects.filter(pk=row.pk, verdict=Section.Verdict.GOOD).update(verdict=Section.Verdict.OPEN)
    mark_edited(row, rewrite.by)
    if not row.text:  # it was dropped, and is in the digest again
        redraw_chart(row.digest)
    row.refresh_from_db()
    section_checks.recheck_section(row)


def _record_outcome(rewrite: Rewrite, outcome: str, *, text: str = "", reason: dict[str, Any] | None = None) -> bool:
    """Set the outcome of a rewrite if it has none; return whether it was set."""
    # A conditional UPDATE: of a cancellation and an answer at the same moment, the first one counts.
    open_rewrites = Rewrite.objects.filter(pk=rewrite.pk, finished_at=None)
    return bool(open_rewrites.update(outcome=outcome, text=text, reason=reason or {}, finished_at=timezone.now()))
