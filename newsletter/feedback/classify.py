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

from newsletter.models.events import Event, Weight
from newsletter.transport.reply_classes import classify_reply, is_unrelated_to_mailbox

_Words = dict[Hashable, str]
_AMAZON: _Words = {"Permanent": Weight.HARD, "Transient": Weight.SOFT, "Undetermined": Weight.SOFT}
_POSTMARK: _Words = {
    "HardBounce": Weight.HARD,
    "BadEmailAddress": Weight.HARD,
    "SoftBounce": Weight.SOFT,
    "Transient": Weight.SOFT,
}
_POSTMARK_POLICY = ("SpamNotification", "Blocked", "DMARCPolicy", "ManuallyDeactivated", "VirusNotification")
_SPARKPOST: _Words = dict.fromkeys((10, 30, 90), Weight.HARD)
_SPARKPOST |= dict.fromkeys((1, 20, 21, 22, 23, 24, 40, 60, 70, 100), Weight.SOFT)
_SPARKPOST |= dict.fromkeys((25, 50, 51, 52, 53, 54), Weight.POLICY)
# Where each provider says what kind of bounce it is, and what its words weigh.
_BOUNCE_WORDS: dict[str, tuple[tuple[str, ...], _Words]] = {
    "Amazon SES": (("bounce", "bounceType"), _AMAZON),
    "Brevo": (
        ("event",),
        {
            "hard_bounce": Weight.HARD,
            "invalid_email": Weight.HARD,
            "soft_bounce": Weight.SOFT,
            "blocked": Weight.POLICY,
        },
    ),
    "MailerSend": (("data", "type"), {"hard_bounced": Weight.HARD, "soft_bounced": Weight.SOFT}),
    "Mailgun": (("event-data", "severity"), {"permanent": Weight.HARD, "temporary": Weight.SOFT}),
    "Mailjet": (("hard_bounce",), {True: Weight.HARD, False: Weight.SOFT}),
    "Postmark": (("Type",), _POSTMARK | dict.fromkeys(_POSTMARK_POLICY, Weight.POLICY)),
    "Resend": (("data", "bounce", "type"), _AMAZON),
    "SendGrid": (("type",), {"bounce": Weight.HARD, "blocked": Weight.POLICY}),
    "SparkPost": (("msys", "*", "bounce_class"), {str(code): weight for code, weight in _SPARKPOST.items()}),
}
_FAILURES = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}
_MACHINE_AGENTS = re.compile(
    r"GoogleImageProxy|ggpht|YahooMailProxy|YahooCacheSystem|OutlookImageProxy|Proofpoint|Mimecast|Barracuda|bot\b"
    r"|crawl|spider|scanner|preview|python|curl|wget|go-http|headless|^Mozilla/5\.0$",
    re.IGNORECASE,
)


def classify_event(event: AnymailTrackingEvent, provider: str) -> tuple[str, str]:
    """Return kind and weight of an event."""
    kind = str(event.event_type)
    if kind not in Event.Kind.values:  # of a later anymail, or none
        kind = EventType.UNKNOWN
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    if kind == EventType.COMPLAINED and provider == "Postmark" and raw.get("Type") == "SpamNotification":
        return EventType.BOUNCED, Weight.POLICY  # a filter's bounce, not a person's complaint
    if kind == EventType.COMPLAINED:
        return kind, Weight.COMPLAINT
    if kind in _FAILURES:
        return kind, _weigh_failure(event, provider, raw)
    if kind in {EventType.OPENED, EventType.CLICKED}:
        return kind, Weight.MACHINE if _MACHINE_AGENTS.search(
            (event.user_agent or "").strip()
        ) or not event.user_agent else ""
    return kind, ""


def _weigh_failure(event: AnymailTrackingEvent, provider: str, raw: Mapping[str, Any]) -> str:
    if event.event_type == EventType.REJECTED and event.reject_reason == RejectReason.SPAM:
        return Weight.COMPLAINT  # the provider sends no more since the reader complained
    answer = str(event.mta_response or event.description or "")
    about = classify_reply(answer)
    path, words = _BOUNCE_WORDS.get(provider, ((), {}))
    said = _value_at_path(raw, path)
    weight = words.get(str(said) if provider == "SparkPost" else said) if isinstance(said, Hashable) else None
    if weight is None:
        weight = _weigh_by_anymail_word(event, about)
    if weight != Weight.HARD:
        return weight
    return (
        Weight.SOFT
        if is_unrelated_to_mailbox(answer)
        else {"policy": Weight.POLICY, "passing": Weight.SOFT}.get(about, Weight.HARD)
    )


def _weigh_by_anymail_word(event: AnymailTrackingEvent, about: str) -> str:
    """Weigh by anymail's word, and by what the receiving server said."""
    if event.event_type == EventType.FAILED:
        return Weight.POLICY  # the provider could not make or send it
    if event.reject_reason == RejectReason.INVALID or about == "mailbox":
        return Weight.HARD
    if event.reject_reason in {RejectReason.BLOCKED, RejectReason.SPAM} or about == "policy":
        return Weight.POLICY
    silent = not (event.mta_response or event.description)
    return Weight.HARD if event.reject_reason == RejectReason.BOUNCED and silent else Weight.SOFT


def _value_at_path(raw: Any, path: Sequence[str]) -> Any:
    """Return what stands at a path of keys; `*` is the only key there."""
    for key in path:
        if not isinstance(raw, Mapping):
            return None
        raw = next(iter(raw.values()), None) if key == "*" else raw.get(key)
    return raw if path else None
