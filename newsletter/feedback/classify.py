"""Classifies events of ESPs: hard bounce (the mailbox is dead), soft bounce, refusal for policy, complaint, machine. Pure.

anymail gives every bounce the same name, whether the mailbox is full or gone, so each provider's own word decides.
Where a provider has none, the receiving server's answer decides. The answer also turns a hard bounce into a soft one or
one for policy: a provider's word alone never makes a mailbox dead that its own server calls full, or whose server
refused something other than the recipient. Opens and clicks by privacy proxies and scanners are marked as a machine's.
Not here: judging a server's answer (transport.smtp_reply_rules), and acting on an event (events).
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from newsletter.models.events import Event, Weight
from newsletter.transport.smtp_reply_rules import classify_reply, is_unrelated_to_mailbox

_Words = dict[Hashable, str]
_AMAZON: _Words = {"Permanent": Weight.HARD, "Transient": Weight.SOFT, "Undetermined": Weight.SOFT}
_POSTMARK: _Words = {
    "HardBounce": Weight.HARD,
    "BadEmailAddress": Weight.HARD,
    "SoftBounce": Weight.SOFT,
    "Transient": Weight.SOFT,
}
# Postmark: the receiver or its filter refuses us; the mailbox may well live.
_POSTMARK_POLICY = ("SpamNotification", "Blocked", "DMARCPolicy", "ManuallyDeactivated", "VirusNotification")
# SparkPost's bounce classes: 10 invalid recipient, 30 no recipient, 90 unsubscribed; 25 and 50 to 54 blocked as mail, as
# spam, for an attachment or for relaying; the others pass (mailbox full, DNS, timeout).
_SPARKPOST: _Words = dict.fromkeys((10, 30, 90), Weight.HARD)
_SPARKPOST |= dict.fromkeys((1, 20, 21, 22, 23, 24, 40, 60, 70, 100), Weight.SOFT)
_SPARKPOST |= dict.fromkeys((25, 50, 51, 52, 53, 54), Weight.POLICY)
# Where each provider's event holds its kind of bounce, and the weight of each kind.
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
# Image proxies of mailbox providers, link scanners and plain HTTP clients; no person's browser names itself so.
_MACHINE_AGENTS = re.compile(
    r"GoogleImageProxy|ggpht|YahooMailProxy|YahooCacheSystem|OutlookImageProxy|Proofpoint|Mimecast|Barracuda|bot\b"
    r"|crawl|spider|scanner|preview|python|curl|wget|go-http|headless|^Mozilla/5\.0$",
    re.IGNORECASE,
)


def classify_event(event: AnymailTrackingEvent, provider: str) -> tuple[str, str]:
    """Return the kind of an event (one of anymail's) and its weight, empty where it weighs nothing.

    `provider` is anymail's name of the ESP, such as "Amazon SES".
    """
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
    verdict = classify_reply(answer)
    path, words = _BOUNCE_WORDS.get(provider, ((), {}))
    word = _value_at_path(raw, path)
    # SparkPost sends its class as a number or as text.
    weight = words.get(str(word) if provider == "SparkPost" else word) if isinstance(word, Hashable) else None
    if weight is None:
        weight = _weigh_by_anymail_word(event, verdict)
    if weight != Weight.HARD:
        return weight
    return (
        Weight.SOFT
        if is_unrelated_to_mailbox(answer)
        else {"policy": Weight.POLICY, "passing": Weight.SOFT}.get(verdict, Weight.HARD)
    )


def _weigh_by_anymail_word(event: AnymailTrackingEvent, verdict: str) -> str:
    """Weigh by anymail's reason, and by the verdict on the receiving server's answer."""
    if event.event_type == EventType.FAILED:
        return Weight.POLICY  # the provider could not make or send it
    if event.reject_reason == RejectReason.INVALID or verdict == "mailbox":
        return Weight.HARD
    if event.reject_reason in {RejectReason.BLOCKED, RejectReason.SPAM} or verdict == "policy":
        return Weight.POLICY
    silent = not (event.mta_response or event.description)
    return Weight.HARD if event.reject_reason == RejectReason.BOUNCED and silent else Weight.SOFT


def _value_at_path(raw: Any, path: Sequence[str]) -> Any:
    """Return the value at a path of keys; `*` stands for the first key."""
    for key in path:
        if not isinstance(raw, Mapping):
            return None
        raw = next(iter(raw.values()), None) if key == "*" else raw.get(key)
    return raw if path else None
