"""Finds the inbox of an address on the web, by its host: with the large services, opened at the mails from our sender."""

from typing import NamedTuple
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_GMAIL = ("Gmail", "https://mail.google.com/mail/u/{email}/#search/from%3A{sender}+in%3Aanywhere+newer_than%3A1d")
_NAVER = (_("Naver Mail"), "https://mail.naver.com/")
_DAUM = (_("Daum Mail"), "https://mail.daum.net/")
_KAKAO = (_("Kakao Mail"), "https://mail.kakao.com/")
_NATE = (_("Nate Mail"), "https://mail.nate.com/")
_OUTLOOK = ("Outlook", "https://outlook.live.com/mail/?login_hint={email}")
# Yahoo decodes the address twice.
_YAHOO = ("Yahoo Mail", "https://mail.yahoo.com/d/search/keyword=from%253A{sender}")
_ICLOUD = ("iCloud Mail", "https://www.icloud.com/mail/")
_PROTON = ("Proton Mail", "https://mail.proton.me/u/0/all-mail#from={sender}")
_INBOXES: dict[str, tuple[str | Promise, str]] = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GMAIL),
    "naver.com": _NAVER,
    **dict.fromkeys(("daum.net", "hanmail.net"), _DAUM),
    "kakao.com": _KAKAO,
    "nate.com": _NATE,
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.kr", "hotmail.co.kr"), _OUTLOOK),
    **dict.fromkeys(("yahoo.com", "ymail.com"), _YAHOO),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), _PROTON),
}


class Inbox(NamedTuple):
    """A mail service by its name, and the URL of a person's mail there."""

    service: str | Promise
    url: str


def find_inbox(email: str, sender: str) -> Inbox | None:
    """Return the inbox of an address; None where its host belongs to no service that we know."""
    found = _INBOXES.get(email.rpartition("@")[2].lower())
    if found is None:
        return None
    service, url = found
    return Inbox(service, url.format(email=quote(email, safe=""), sender=quote(sender, safe="")))
