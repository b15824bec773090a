"""An event of an ESP -> what it weighs: hard (the mailbox is dead), soft, policy, complaint, machine, or nothing. Pure.

Anymail names every bounce alike, whether the mailbox is full or gone, so each provider's own word decides; what the
receiving server said decides where there is none, and turns a hard bounce into one for policy, or a soft one, where its
words are of that (classify): no provider's word alone makes a mailbox dead that its own server calls full, or whose
server refused something else.
Opens and clicks of privacy proxies and scanners are set apart from people's.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from newsletter.transport.reply_classes import classify_reply, speaks_of_other_things

HARD, SOFT, POLICY, COMPLAINT, MACHINE = "hard", "soft", "policy", "complaint", "machine"

_Words = dict[Hashable, str]
_AMAZON: _Words = {"Permanent": HARD, "Transient": SOFT, "Undetermined": SOFT}
_POSTMARK: _Words = {"HardBounce": HARD, "BadEmailAddress": HARD, "SoftBounce": SOFT, "Transient": SOFT}
_POSTMARK_POLICY = ("SpamNotification", "Blocked", "DMARCPolicy", "ManuallyDeactivated", "VirusNotification")
_SPARKPOST: _Words = dict.fromkeys((10, 30, 90), HARD)
_SPARKPOST |= dict.fromkeys((1, 20, 21, 22, 23, 24, 40, 60, 70, 100), SOFT)
_SPARKPOST |= dict.fromkeys((25, 50, 51, 52, 53, 54), POLICY)
# Where each provider says what kind of bounce it is, and what its words weigh.
_WORDS: dict[str, tuple[tuple[str, ...], _Words]] = {
    "Amazon SES": (("bounce", "bounceType"), _AMAZON),
    "Brevo": (("event",), {"hard_bounce": HARD, "invalid_email": HARD, "soft_bounce": SOFT, "blocked": POLICY}),
    "MailerSend": (("data", "type"), {"hard_bounced": HARD, "soft_bounced": SOFT}),
    "Mailgun": (("event-data", "severity"), {"permanent": HARD, "temporary": SOFT}),
    "Mailjet": (("hard_bounce",), {True: HARD, False: SOFT}),
    "Postmark": (("Type",), _POSTMARK | dict.fromkeys(_POSTMARK_POLICY, POLICY)),
    "Resend": (("data", "bounce", "type"), _AMAZON),
    "SendGrid": (("type",), {"bounce": HARD, "blocked": POLICY}),
    "SparkPost": (("msys", "*", "bounce_class"), {str(code): weight for code, weight in _SPARKPOST.items()}),
}
_FAILURES = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}
_MACHINES = re.compile(
    r"GoogleImageProxy|ggpht|YahooMailProxy|YahooCacheSystem|OutlookImageProxy|Proofpoint|Mimecast|Barracuda|bot\b"
    r"|crawl|spider|scanner|preview|python|curl|wget|go-http|headless|^Mozilla/5\.0$",
    re.IGNORECASE,
)


def weigh(event: AnymailTrackingEvent, provider: str) -> tuple[str, str]:
    """Return kind and weight of an event."""
    kind = str(event.event_type or EventType.UNKNOWN)
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    if kind == EventType.COMPLAINED and provider == "Postmark" and raw.get("Type") == "SpamNotification":
        return EventType.BOUNCED, POLICY  # a filter's bounce, not a person's complaint
    if kind == EventType.COMPLAINED:
        return kind, COMPLAINT
    if kind in _FAILURES:
        return kind, _of_failure(event, provider, raw)
    if kind in {EventType.OPENED, EventType.CLICKED}:
        return kind, MACHINE if _MACHINES.search((event.user_agent or "").strip()) or not event.user_agent else ""
    return kind, ""


def _of_failure(event: AnymailTrackingEvent, provider: str, raw: Mapping[str, Any]) -> str:
    if event.event_type == EventType.REJECTED and event.reject_reason == RejectReason.SPAM:
        return COMPLAINT  # the provider sends no more since the reader complained
    answer = str(event.mta_response or event.description or "")
    about = classify_reply(answer)
    path, words = _WORDS.get(provider, ((), {}))
    said = _dig(raw, path)
    weight = words.get(str(said) if provider == "SparkPost" else said) if isinstance(said, Hashable) else None
    if weight is None:
        weight = _by_anymail(event, about)
    if weight != HARD:
        return weight
    return SOFT if speaks_of_other_things(answer) else {"policy": POLICY, "passing": SOFT}.get(about, HARD)


def _by_anymail(event: AnymailTrackingEvent, about: str) -> str:
    """Weigh by anymail's word, and by what the receiving server said."""
    if event.event_type == EventType.FAILED:
        return POLICY  # the provider could not make or send it
    if event.reject_reason == RejectReason.INVALID or about == "mailbox":
        return HARD
    if event.reject_reason in {RejectReason.BLOCKED, RejectReason.SPAM} or about == "policy":
        return POLICY
    silent = not (event.mta_response or event.description)
    return HARD if event.reject_reason == RejectReason.BOUNCED and silent else SOFT


def _dig(raw: Any, path: Sequence[str]) -> Any:
    """Return what stands at a path of keys; `*` is the only key there."""
    for key in path:
        if not isinstance(raw, Mapping):
            return None
        raw = next(iter(raw.values()), None) if key == "*" else raw.get(key)
    return raw if path else None
