"""Makes one request to an ESP, through anymail, for readers who share a set of sections.

The content goes out once per request. The readers' own links are the provider's merge data, where the table below says
that the provider can do that. Text of a feed must never be taken for a merge field, or it could put another reader's
link into an email: what begins a merge field is written differently, so that it looks the same and means nothing.

Not here: when a request goes out (esp_backend), and what its answer says of each reader (responses).
"""

import importlib.util
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from anymail.backends import postmark, resend
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.emails import joining, message
from newsletter.emails.markers import make_marker
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from newsletter.transport import wire_format
from newsletter.transport.responses import EspSendStatus

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
    field: str = ""  # a merge field of `name`; empty: the links are filled in here, message by message
    hostile: str = ""  # a pattern of what would begin a merge field
    tracking: bool = False  # rewrites links and counts opens unless it is switched off
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
        "a list of whole messages: 500 are allowed, and 50 MB",
        hostile=_CURLY,
        tracking=True,
    ),
    "anymail.backends.amazon_ses.EmailBackend": Provider(
        50, "an inline template, filled in per destination", field="{{{{{name}}}}}", hostile=_CURLY
    ),
    "anymail.backends.resend.EmailBackend": Provider(100, "a list of whole messages", own_id=True, key="http"),
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
        "its bulk endpoint answers with one id for all, and with no result of any reader",
        # It takes no metadata, so its events do not repeat our number of the delivery.
        hostile=r"\{(?=[{%#$])",
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
INSTALL_AMAZON_CLIENT = "Run: .venv/bin/pip install --require-hashes -r requirements-ses.lock"
# For an ESP that is not in the table every syntax of merge fields that is known here is escaped.
_UNKNOWN_ESP = Provider(
    1, "nothing is known of its batches", hostile=r"\{(?=[{%#$])|\*(?=\|)|[<\[](?=%)|\[(?=\[)|%(?=recipient)"
)
NOT_AN_ESP = Provider(1, "Django's own interface takes whole messages")


class EspMail(message.OutgoingMail):
    """An email with the attributes that anymail and this module read beside Django's own.

    None of them has a default: anymail takes an attribute that is there, whatever its value, as a wish.
    """

    esp_extra: dict[str, object]
    merge_data: dict[str, dict[str, str]]  # this and the next two by address; any of them makes a batch
    merge_headers: dict[str, dict[str, str]]
    merge_metadata: dict[str, dict[str, str]]
    merge_global_data: dict[str, str]
    metadata: dict[str, str]
    template_id: str
    track_clicks: bool
    track_opens: bool
    anymail_status: EspSendStatus  # set by anymail when the mail was sent
    own_links: list[dict[str, str]]  # ours: each reader's links by their marks, where the provider can't fill them in


def find_provider() -> Provider:
    """Return what the backend of the settings can do."""
    path = settings.EMAIL_BACKEND
    return PROVIDERS.get(path, _UNKNOWN_ESP if path.startswith("anymail.") else NOT_AN_ESP)


def is_amazon_client_missing() -> bool:
    """Say whether the settings send through Amazon SES, and its client boto3, which is an extra, isn't installed."""
    return "amazon_ses" in settings.EMAIL_BACKEND and importlib.util.find_spec("boto3") is None


def make_batch_backend() -> BaseEmailBackend:
    """Return the backend of the settings, made for batches. Raises ImproperlyConfigured where a package or a key is missing."""
    if is_amazon_client_missing():
        raise ImproperlyConfigured(f"Amazon SES needs boto3, which isn't installed. {INSTALL_AMAZON_CLIENT}")
    if backend_class := _LINK_FILLING_BACKENDS.get(settings.EMAIL_BACKEND):
        return backend_class()
    if "amazon_ses" in settings.EMAIL_BACKEND:
        given = settings.ANYMAIL.get("AMAZON_SES_CLIENT_PARAMS") or {}
        # Left to itself, the client repeats a request that timed out: a double for every reader in it.
        once = {**given.get("config", {}), "retries": {"total_max_attempts": 1}}
        backend: BaseEmailBackend = get_connection(client_params={**given, "config": once})
        return backend
    return get_connection()


@dataclass
class BatchRenderer:
    """Writes the sets of sections of one mailing in the provider's syntax, each set once."""

    fragments: joining.MailingFragments
    provider: Provider
    sets: dict[int, joining.JoinedEmail] = field(default_factory=dict)  # by the bits of the sections


def format_esp_address(delivery: ClaimedDelivery) -> str:
    """Return the address as every ESP takes it, the domain in its ASCII form. Raises EnvelopeAddressError."""
    address = wire_format.encode_recipient(delivery.email).decode()
    if not _ADDRESS.fullmatch(address):
        raise wire_format.EnvelopeAddressError("the address holds characters that no provider takes")
    return address


def compose_request(renderer: BatchRenderer, group: Sequence[ClaimedDelivery], key: uuid.UUID) -> EspMail:
    """Return the mail that anymail makes one request of, for readers of the same set.

    `key` is the idempotency key, where the provider reads it from a header of the mail.
    """
    provider = renderer.provider
    if provider.limit == 1:
        mail = _as_esp_mail(_escape_merge_fields(message.build_message(renderer.fragments, group[0]), provider))
    else:
        mail = _build_batch(renderer, group)
    _set_tracking(mail, provider)
    if provider.key == "header":
        mail.extra_headers["idempotencyKey"] = str(key)
    return mail


def prepare_service_mail(mail: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """Return a service mail as the provider of the settings takes it: shown as it was written, tracked only on request."""
    provider = find_provider()
    _set_tracking(_as_esp_mail(_escape_merge_fields(mail, provider)), provider)
    return mail


def _as_esp_mail(mail: EmailMultiAlternatives) -> EspMail:
    """Return the same mail; anymail reads its attributes from any of Django's mails, whatever the class."""
    return cast("EspMail", mail)


def _set_tracking(mail: EspMail, provider: Provider) -> None:
    if provider.tracking:
        mail.track_opens = mail.track_clicks = settings.TRACKING


def _escape_merge_fields(mail: EmailMultiAlternatives, provider: Provider) -> EmailMultiAlternatives:
    """Change a mail, which is returned, so that nothing in it begins a merge field of the provider's."""
    if provider.hostile:
        parts = [(escape_merge_fields_in_html(str(html), provider), kind) for html, kind in mail.alternatives]
        mail.subject = escape_merge_fields_in_text(str(mail.subject), provider)
        mail.body = escape_merge_fields_in_text(str(mail.body), provider)
        mail.alternatives.clear()
        for html, kind in parts:
            mail.attach_alternative(html, kind)
    return mail


def _build_batch(renderer: BatchRenderer, group: Sequence[ClaimedDelivery]) -> EspMail:
    """Return one mail to many readers, of whom none sees another: the merge attributes make it a batch."""
    mailing, nonce, provider = renderer.fragments.mailing, renderer.fragments.nonce, renderer.provider
    joined = _render_set(renderer, group[0].sections)
    links = {format_esp_address(one): _make_links(one) for one in group}
    marked_links = {to: {make_marker(nonce, name): link for name, link in own.items()} for to, own in links.items()}
    mail = EspMail(
        subject=joined.subject,
        body=joined.text,
        from_email=message.make_from_header(mailing.digest.publication.sender_name),
        to=list(links),
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=message.make_shared_headers(mailing),
    )
    mail.attach_alternative(joined.html, "text/html")
    mail.merge_headers = {format_esp_address(one): _make_own_headers(renderer, one) for one in group}
    mail.merge_metadata = {format_esp_address(one): {"delivery": str(one.id)} for one in group}
    if "{mark}" in provider.field:
        mail.merge_data = marked_links
        mail.esp_extra = {"merge_field_format": provider.field.format(mark="{}")}
    elif provider.field:
        mail.merge_data = links
    else:
        mail.own_links = list(marked_links.values())
    reshape = _RESHAPERS.get(settings.EMAIL_BACKEND)
    return reshape(mail) if reshape else mail


def _move_content_into_template(mail: EspMail) -> EspMail:
    """Put subject, text and HTML where SES takes an inline template."""
    content = {"Subject": mail.subject, "Text": mail.body, "Html": mail.alternatives[0][0]}
    mail.subject = mail.body = ""
    mail.alternatives.clear()
    mail.template_id = "inline"  # any will do: without one, anymail does not use the API that sends to many
    mail.esp_extra = {"DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": "{}"}}}
    return mail


def _switch_on_variables(mail: EspMail) -> EspMail:
    """Have Mailjet fill in its fields; for one reader everything goes in common, since anymail would forget the first part."""
    mail.esp_extra = {"Globals": {"TemplateLanguage": True}}
    if len(mail.to) == 1:
        (mail.merge_global_data,) = mail.merge_data.values()
        (mail.metadata,) = mail.merge_metadata.values()
        mail.extra_headers.update(*mail.merge_headers.values())
        del mail.merge_data, mail.merge_metadata, mail.merge_headers
    return mail


_RESHAPERS: dict[str, Callable[[EspMail], EspMail]] = {
    "anymail.backends.amazon_ses.EmailBackend": _move_content_into_template,
    "anymail.backends.mailjet.EmailBackend": _switch_on_variables,
}


def _make_links(one: ClaimedDelivery) -> dict[str, str]:
    return {
        "manage": make_manage_url(one.subscription_id, one.link_key),
        "leave": make_unsubscribe_url(one.subscription_id, one.link_key),
    }


def _make_own_headers(renderer: BatchRenderer, one: ClaimedDelivery) -> dict[str, str]:
    """Return the headers that are a reader's own, with the common ones where the provider would drop these."""
    mailing, provider = renderer.fragments.mailing, renderer.provider
    headers = message.make_shared_headers(mailing) if provider.whole_headers else {}
    if provider.own_id:
        headers["Message-ID"] = message.make_message_id(mailing.pk, one.subscriber_id)
    return headers | {"List-Unsubscribe": message.make_list_unsubscribe(one.subscription_id, one.link_key)}


def _render_set(renderer: BatchRenderer, sections: int) -> joining.JoinedEmail:
    if sections not in renderer.sets:
        provider, nonce = renderer.provider, renderer.fragments.nonce
        joined = joining.join_fragments(renderer.fragments, sections)
        subject = escape_merge_fields_in_text(joined.subject, provider)
        html = escape_merge_fields_in_html(joined.html, provider)
        text = escape_merge_fields_in_text(joined.text, provider)
        # Our own merge fields come after the escaping, which would spoil them.
        for name in _READER_LINKS if provider.field else ():
            mark = make_marker(nonce, name)
            merge_field = provider.field.format(name=name, mark=mark)
            html, text = html.replace(mark, merge_field), text.replace(mark, merge_field)
        renderer.sets[sections] = joining.JoinedEmail(subject, html, text)
    return renderer.sets[sections]


def escape_merge_fields_in_html(html: str, provider: Provider) -> str:
    """Return HTML that shows the same and in which nothing begins a merge field of the provider's."""
    if not provider.hostile:
        return html
    hostile = re.compile(provider.hostile, re.IGNORECASE)
    # Outside <style> (even places) a character may be written as its number; in CSS that means nothing, but a space does
    # no harm behind a bracket.
    pieces = _STYLE.split(html)
    pieces[::2] = [hostile.sub(lambda found: f"&#{ord(found[0])};", piece) for piece in pieces[::2]]
    pieces[1::2] = [hostile.sub(lambda found: f"{found[0]} ", piece) for piece in pieces[1::2]]
    return "".join(pieces)


def escape_merge_fields_in_text(text: str, provider: Provider) -> str:
    """Return plain text likewise: an address is percent-encoded, other words get a joiner that nobody sees."""
    if not provider.hostile:
        return text
    hostile = re.compile(provider.hostile, re.IGNORECASE)
    pieces = _URL.split(text)
    pieces[::2] = [hostile.sub(lambda found: found[0] + _JOINER, piece) for piece in pieces[::2]]
    pieces[1::2] = [hostile.sub(lambda found: f"%{ord(found[0]):02X}", piece) for piece in pieces[1::2]]
    return "".join(pieces)


def _fill_reader_links(document: str, mail: EspMail) -> str:
    """Return a JSON list of equal messages in which each has its own links; links and marks need no escaping in JSON."""
    links = getattr(mail, "own_links", None)
    if not links:  # a mail to one reader has its links already
        return document
    pieces = re.split("(" + "|".join(links[0]) + ")", document)
    # The marks stand at odd places. All messages are equal, so each holds the same number of them.
    each = len(pieces) // 2 // len(links)
    for place in range(1, len(pieces), 2):
        pieces[place] = links[place // 2 // each][pieces[place]]
    return "".join(pieces)


class _PostmarkLinksPayload(postmark.PostmarkPayload):  # type: ignore[misc] # anymail has no types
    message: EspMail

    def serialize_data(self) -> str:
        return _fill_reader_links(super().serialize_data(), self.message)


class _ResendLinksPayload(resend.ResendPayload):  # type: ignore[misc] # anymail has no types
    message: EspMail

    def serialize_data(self) -> str:
        return _fill_reader_links(super().serialize_data(), self.message)


class PostmarkLinksBackend(postmark.EmailBackend):  # type: ignore[misc] # anymail has no types
    """Postmark's backend for batches of whole messages, each with its reader's own links."""

    def build_message_payload(self, mail: EspMail, defaults: Mapping[str, object]) -> _PostmarkLinksPayload:
        """Return what becomes the request."""
        return _PostmarkLinksPayload(mail, defaults, self)


class ResendLinksBackend(resend.EmailBackend):  # type: ignore[misc] # anymail has no types
    """Resend's backend for batches of whole messages, each with its reader's own links."""

    def build_message_payload(self, mail: EspMail, defaults: Mapping[str, object]) -> _ResendLinksPayload:
        """Return what becomes the request."""
        return _ResendLinksPayload(mail, defaults, self)


_LINK_FILLING_BACKENDS: dict[str, type[BaseEmailBackend]] = {
    "anymail.backends.postmark.EmailBackend": PostmarkLinksBackend,
    "anymail.backends.resend.EmailBackend": ResendLinksBackend,
}
