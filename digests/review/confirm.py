"""Has the second model read the sentences of a section that it has not confirmed: those of an editor, and those it missed.

What it quotes becomes the passage of an editor's sentence. The request is made while the editor waits, so it has little time. Nothing is
changed where the text was edited meanwhile.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError
from digests.llm.servers import is_verifier_configured
from digests.models import Section
from digests.models.digests import make_items_prefetch
from digests.quality import section_checks
from digests.quality.blocks import Block, Claim
from digests.quality.gates import find_unverified_sentences
from digests.review.edit import EditError, is_sent, void_approval
from digests.review.regenerate import record_cost
from digests.text.evidence import EvidenceRecord, match_evidence, read_evidence
from digests.text.key_sentences import split_sentences
from digests.text.localization import get_base_language
from digests.text.messages import format_message
from digests.text.section_schema import Passage, SourceMaterial
from digests.writing.verify import CheckedVerdict, Verification, make_claim_key, verify_claims

WAIT_SECONDS = 25  # an editor waits, and many servers in front of Django end a request after thirty


def confirm_section(section: Section, *, by: AbstractBaseUser) -> int:
    """Ask the second model about the sentences that it has not confirmed, keep its verdicts, and return how many it was asked about.

    Raises EditError if no model is configured, if it does not answer, or if the issue has been sent.
    """
    if not is_verifier_configured():
        raise EditError(_("Set up an AI model first."))
    if is_sent(section.digest):
        raise EditError(_("This issue has been sent, so it can’t be edited."))
    row = _load_section(section.pk)
    materials, records = section_checks.list_source_materials(row), read_evidence(row.evidence)
    claims = _list_open_claims(row.text, materials, records)
    if not claims:
        return 0
    language = get_base_language(row.digest.publication.language)
    budget = Budget(spent=row.digest.cost, seconds=WAIT_SECONDS)
    try:
        made = verify_claims(claims, materials, language, budget, row.digest.publication.name)
    except (LLMError, PromptError) as error:
        bill = error.bill if isinstance(error, LLMError) else Bill()
        record_cost(row.digest, bill, bill)
        raise EditError(format_message(error.message)) from error
    record_cost(row.digest, made.bill, made.bill)
    _save_verdicts(row, claims, made, by)
    return len(claims)


def _load_section(pk: int) -> Section:
    rows = Section.objects.select_related("digest__publication").prefetch_related(make_items_prefetch(summaries=True))
    return rows.get(pk=pk)


def _list_open_claims(text: str, materials: Sequence[SourceMaterial], records: Sequence[EvidenceRecord]) -> list[Claim]:
    """Return the sentences that are not confirmed, each with the passages that it has."""
    return [
        claim
        for block, start, end in find_unverified_sentences(text, materials, records)
        for claim in _split_claims(block, start, end, materials, records)
    ]


def _split_claims(
    block: Block, start: int, end: int, materials: Sequence[SourceMaterial], records: Sequence[EvidenceRecord]
) -> list[Claim]:
    known = match_evidence(block.text, block.part, block.number, records)
    items = tuple(materials[block.number - 1 : block.number] if block.number else materials)
    claims = []
    for sentence in split_sentences(block.text[start:end]):
        if not any(letter.isalnum() for letter in sentence):
            continue
        place = block.text.find(sentence, start, end)
        place = start if place < 0 else place
        record = next((one for first, last, one in known if first <= place < last), None)
        passages = tuple(one.quote for one in record.passages) if record else ()
        claims.append(Claim(block, place, min(end, place + len(sentence)), passages, items))
    return claims


@transaction.atomic
def _save_verdicts(seen: Section, claims: Sequence[Claim], made: Verification, by: AbstractBaseUser) -> None:
    row = Section.objects.select_for_update().select_related("digest__publication").get(pk=seen.pk)
    if row.text != seen.text or row.evidence != seen.evidence:
        raise EditError(_("Someone else changed this while you were editing. Nothing was overwritten."))
    records = read_evidence(row.evidence)
    for claim in claims:
        if verdict := made.verdicts.get(make_claim_key(claim)):
            records = _add_verdict(records, claim, verdict)
    void_approval(row.digest, by)
    row.evidence = [record.as_json() for record in records]
    row.save(update_fields=["evidence"])
    section_checks.recheck_section(row)


def _add_verdict(records: list[EvidenceRecord], claim: Claim, verdict: CheckedVerdict) -> list[EvidenceRecord]:
    """Return the records with a verdict on a sentence; a sentence without a record gets one with the passage that was quoted."""
    known = [one for _start, _end, one in match_evidence(claim.text, claim.block.part, claim.block.number, records)]
    if known:
        return [_set_verdict(one, verdict) if one in known else one for one in records]
    passages = (Passage(number=verdict.number, quote=verdict.quote),) if verdict.quote else ()
    return [*records, _set_verdict(EvidenceRecord(claim.block.part, claim.block.number, claim.text, passages), verdict)]


def _set_verdict(record: EvidenceRecord, verdict: CheckedVerdict) -> EvidenceRecord:
    return replace(record, verdict=verdict.verdict, quote=verdict.quote, checked_by=verdict.model)
