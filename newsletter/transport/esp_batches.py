"""A set of sections and some of its readers -> one request to an ESP through anymail; and its answer, reader by reader.

The letter goes out once per request, the readers' own links as the provider's merge data, where the table below says
that the provider can. Text of a feed must never be taken for a merge field: what opens one is written differently, so
that it looks the same and means nothing. Not here: when a request goes out and what is done about it (transport).
"""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from anymail.backends import postmark, resend
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.emails import message
from newsletter.emails.fit import make_marker
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from newsletter.transport import wire_format

_READER_LINKS = ("manage", "leave")
_CURLY = r"\{(?=[{%#])"
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")  # no quoting: it may end a list or a header
_STYLE = re.compile(r"(<style\b.*?</style>)", re.DOTALL | re.IGNORECASE)
_URL = re.compile(r"(https?://\S+)")
_JOINER = "\u2060"  # invisible, and no line breaks at it


@dataclass(frozen=True)
class Provider:
    """What an ESP can do for many readers in one request, and its syntax of merge fields."""

    limit: int  # readers per request
    why: str
    field: str = ""  # a merge field of `name`; empty: the links are filled in here, letter by letter
    hostile: str = ""  # what would begin a merge field
    metadata: bool = True  # takes our number of the delivery and tells it with every event
    tracking: bool = False  # rewrites links and counts opens unless told not to
    whole_headers: bool = False  # a reader's headers replace the common ones
    own_id: bool = False  # keeps our Message-ID
    key: Literal["", "http", "header"] = ""  # where the idempotency key stands: a repeated request makes no double


PROVIDERS = {
    "anymail.backends.mailgun.EmailBackend": Provider(
        1000,
        "recipient variables fill in text and headers",
        field="%recipient.{name}%",
        hostile=r"%(?=recipient|mailing_list|unsubscribe|tag_unsubscribe)",
        tracking=True,
    ),
    "anymail.backends.sendgrid.EmailBackend": Provider(
        1000,
        "substitutions fill in text; the tag is a mark that no text can know",
        field="-{mark}-",
        hostile=r"[<\[](?=%)",
        tracking=True,
        whole_headers=True,
        own_id=True,
    ),
    "anymail.backends.postmark.EmailBackend": Provider(
        200,
        "a list of whole letters: 500 are allowed, and 50 MB",
        hostile=_CURLY,
        tracking=True,
    ),
    "anymail.backends.amazon_ses.EmailBackend": Provider(
        50, "an inline template, filled in per destination", field="{{{{{name}}}}}", hostile=_CURLY
    ),
    "anymail.backends.resend.EmailBackend": Provider(100, "a list of whole letters", own_id=True, key="http"),
    "anymail.backends.brevo.EmailBackend": Provider(
        1000,
        "message versions with parameters",
        field="{{{{params.{name}}}}}",
        hostile=_CURLY,
        whole_headers=True,
        key="header",
    ),
    "anymail.backends.mailersend.EmailBackend": Provider(
        1,
        "its bulk endpoint answers with one id for all and says of nobody what became of them",
        hostile=r"\{(?=[{%#$])",
        metadata=False,
        tracking=True,
    ),
    "anymail.backends.mailjet.EmailBackend": Provider(
        50,
        "a list of messages with variables",
        field="{{{{var:{name}}}}}",
        hostile=r"\{(?=[{%#])|\[(?=\[)",
        tracking=True,
        whole_headers=True,
    ),
    "anymail.backends.sparkpost.EmailBackend": Provider(
        1000,
        "substitution data per recipient; 2,000 are recommended as the most",
        field="{{{{{{{name}}}}}}}",
        hostile=_CURLY,
        tracking=True,
    ),
}
_UNKNOWN_ESP = Provider(
    1, "nothing is known of its batches", hostile=r"\{(?=[{%#$])|\*(?=\|)|[<\[](?=%)|\[(?=\[)|%(?=recipient)"
)
NOT_AN_ESP = Provider(1, "Django's own interface takes whole messages")


def find_provider() -> Provider:
    """Return what the backend of the settings can do."""
    path = settings.EMAIL_BACKEND
    return PROVIDERS.get(path, _UNKNOWN_ESP if path.startswith("anymail.") else NOT_AN_ESP)


def make_batch_backend() -> BaseEmailBackend:
    """Return the backend of the settings, made for batches."""
    if made := _FILLING_BACKENDS.get(settings.EMAIL_BACKEND):
        filling: BaseEmailBackend = made()
        return filling
    if "amazon_ses" in settings.EMAIL_BACKEND:
        given = settings.ANYMAIL.get("AMAZON_SES_CLIENT_PARAMS") or {}
        # Left to itself, the client repeats a request that timed out: a double for every reader in it.
        once = {**given.get("config", {}), "retries": {"total_max_attempts": 1}}
        backend: BaseEmailBackend = get_connection(client_params={**given, "config": once})
        return backend
    return get_connection()


@dataclass
class BatchRenderer:
    """A mailing in memory, and the sets written in the provider's syntax so far."""

    letter: message.MailingFragments
    provider: Provider
    sets: dict[int, tuple[str, str]] = field(default_factory=dict)


def format_esp_address(delivery: ClaimedDelivery) -> str:
    """Return the address as every ESP takes it, the domain in its ASCII form. Raises wire.AddressError."""
    written = wire_format.encode_recipient(delivery.email).decode()
    if not _ADDRESS.fullmatch(written):
        raise wire_format.EnvelopeAddressError("the address holds characters that no provider takes")
    return written


def compose_request(press: BatchRenderer, group: Sequence[ClaimedDelivery], key: uuid.UUID) -> EmailMultiAlternatives:
    """Return the message that anymail makes one request of, for readers of the same set."""
    made: Any = _build_single(press, group[0]) if press.provider.limit == 1 else _build_batch(press, group)
    if press.provider.tracking:
        made.track_opens = made.track_clicks = settings.TRACKING
    if press.provider.key == "header":
        made.extra_headers["idempotencyKey"] = str(key)
    return made  # type: ignore[no-any-return] # with attributes that only anymail knows


def _build_single(press: BatchRenderer, one: ClaimedDelivery) -> EmailMultiAlternatives:
    return _escape_merge_fields(message.build_message(press.letter, one), press.provider)


def prepare_service_mail(mail: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """Return a service mail as the provider of the settings takes it: shown as it was written, tracked only if asked."""
    made: Any = _escape_merge_fields(mail, find_provider())
    if find_provider().tracking:
        made.track_opens = made.track_clicks = settings.TRACKING
    return made  # type: ignore[no-any-return] # with attributes that only anymail knows


def _escape_merge_fields(made: EmailMultiAlternatives, of: Provider) -> EmailMultiAlternatives:
    """Let nothing in a mail begin a merge field of the provider's."""
    if of.hostile:
        parts = [(_escape_merge_fields_in_html(str(html), of), kind) for html, kind in made.alternatives]
        made.subject, made.body = (_escape_merge_fields_in_text(str(text), of) for text in (made.subject, made.body))
        made.alternatives.clear()
        for html, kind in parts:
            made.attach_alternative(html, kind)
    return made


def _build_batch(press: BatchRenderer, group: Sequence[ClaimedDelivery]) -> Any:
    """Return one message to many readers, of whom none sees another: the merge attributes make it a batch."""
    mailing = press.letter.mailing
    html, text = _render_set(press, group[0].sections)
    own = {format_esp_address(one): _links(one) for one in group}
    made: Any = message.OutgoingMail(
        subject=_escape_merge_fields_in_text(mailing.subject, press.provider),
        body=text,
        from_email=message.make_from_header(mailing.digest.publication.name),
        to=list(own),
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=message.make_shared_headers(mailing),
    )
    made.attach_alternative(html, "text/html")
    made.merge_headers = {format_esp_address(one): _headers(press, one) for one in group}
    made.merge_metadata = {format_esp_address(one): {"delivery": str(one.id)} for one in group}
    nonce = press.letter.nonce
    if "{mark}" in press.provider.field:
        made.merge_data = {
            to: {make_marker(nonce, name): link for name, link in links.items()} for to, links in own.items()
        }
        made.esp_extra = {"merge_field_format": press.provider.field.format(mark="{}")}
    elif press.provider.field:
        made.merge_data = own
    else:
        made.own_links = [{make_marker(nonce, name): link for name, link in links.items()} for links in own.values()]
    return _RESHAPERS.get(settings.EMAIL_BACKEND, lambda made: made)(made)


def _as_template(made: Any) -> Any:
    """Put the letter where SES takes an inline template."""
    content = {"Subject": made.subject, "Text": made.body, "Html": made.alternatives[0][0]}
    made.subject = made.body = ""
    made.alternatives.clear()
    made.template_id = "inline"
    made.esp_extra = {"DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": "{}"}}}
    return made


def _with_variables(made: Any) -> Any:
    """Have Mailjet's fields filled in; for one reader all is said in common, since anymail would forget the first part."""
    made.esp_extra = {"Globals": {"TemplateLanguage": True}}
    if len(made.to) == 1:
        (made.merge_global_data,) = made.merge_data.values()
        (made.metadata,) = made.merge_metadata.values()
        made.extra_headers.update(*made.merge_headers.values())
        del made.merge_data, made.merge_metadata, made.merge_headers
    return made


_RESHAPERS: dict[str, Callable[[Any], Any]] = {
    "anymail.backends.amazon_ses.EmailBackend": _as_template,
    "anymail.backends.mailjet.EmailBackend": _with_variables,
}


def _links(one: ClaimedDelivery) -> dict[str, str]:
    return {
        "manage": make_manage_url(one.subscription_id, one.link_key),
        "leave": make_unsubscribe_url(one.subscription_id, one.link_key),
    }


def _headers(press: BatchRenderer, one: ClaimedDelivery) -> dict[str, str]:
    """Return the headers that are a reader's own."""
    headers = message.make_shared_headers(press.letter.mailing) if press.provider.whole_headers else {}
    if press.provider.own_id:
        headers["Message-ID"] = message.make_message_id(press.letter.mailing.pk, one.subscriber_id)
    return headers | {"List-Unsubscribe": message.make_list_unsubscribe(one.subscription_id, one.link_key)}


def _render_set(press: BatchRenderer, sections: int) -> tuple[str, str]:
    """Return HTML and text of a set in the provider's syntax, made once."""
    if sections not in press.sets:
        html, text = message.join_fragments(press.letter, sections)
        html, text = (
            _escape_merge_fields_in_html(html, press.provider),
            _escape_merge_fields_in_text(text, press.provider),
        )
        for name in _READER_LINKS if press.provider.field else ():
            mark = make_marker(press.letter.nonce, name)
            place = press.provider.field.format(name=name, mark=mark)
            html, text = html.replace(mark, place), text.replace(mark, place)
        press.sets[sections] = (html, text)
    return press.sets[sections]


def _escape_merge_fields_in_html(html: str, of: Provider) -> str:
    """Return HTML that shows the same and in which nothing begins a merge field of the provider's."""
    if not of.hostile:
        return html
    pieces = _STYLE.split(html)
    pieces[::2] = [re.sub(of.hostile, lambda m: f"&#{ord(m[0])};", piece, flags=re.I) for piece in pieces[::2]]
    pieces[1::2] = [re.sub(of.hostile, lambda m: f"{m[0]} ", piece, flags=re.I) for piece in pieces[1::2]]
    return "".join(pieces)


def _escape_merge_fields_in_text(text: str, of: Provider) -> str:
    """Return plain text likewise: an address is percent-encoded, other words get a joint that nobody sees."""
    if not of.hostile:
        return text
    pieces = _URL.split(text)
    pieces[::2] = [re.sub(of.hostile, lambda m: m[0] + _JOINER, piece, flags=re.I) for piece in pieces[::2]]
    pieces[1::2] = [re.sub(of.hostile, lambda m: f"%{ord(m[0]):02X}", piece, flags=re.I) for piece in pieces[1::2]]
    return "".join(pieces)


def _make_filling_backend(backend: Any, payload: Any) -> Any:
    """Return an anymail backend whose batches are whole letters, each with its reader's own links."""

    class Payload(payload):  # type: ignore[misc] # anymail has no types
        def serialize_data(self) -> str:
            document: str = super().serialize_data()
            own = getattr(self.message, "own_links", None)  # a message by itself has none to fill in
            return _fill_links(document, own) if own else document

    class Backend(backend):  # type: ignore[misc] # anymail has no types
        def build_message_payload(self, made: Any, defaults: Any) -> Any:
            return Payload(made, defaults, self)

    return Backend


def _fill_links(document: str, own: Sequence[dict[str, str]]) -> str:
    """Return a JSON list of equal letters in which each has its own links; links and marks need no escaping."""
    pieces = re.split("(" + "|".join(own[0]) + ")", document)
    each = len(pieces) // 2 // len(own)
    for place in range(1, len(pieces), 2):
        pieces[place] = own[place // 2 // each][pieces[place]]
    return "".join(pieces)


_FILLING_BACKENDS = {
    "anymail.backends.postmark.EmailBackend": _make_filling_backend(postmark.EmailBackend, postmark.PostmarkPayload),
    "anymail.backends.resend.EmailBackend": _make_filling_backend(resend.EmailBackend, resend.ResendPayload),
}
