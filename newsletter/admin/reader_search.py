"""How readers are found among a million: by a piece of the address, and by what they read. Querysets, no pages.

The choices of publication, state and category are about one and the same subscription. PostgreSQL finds a piece of three
letters or more by an index of trigrams, where it has one.
"""

from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from digests.models import Category, Publication
from newsletter.models import Subscriber, Subscription, Suppression
from newsletter.subscribers import addresses, mail_hosts
from newsletter.subscribers.addresses import fold_address, hash_address_with_all_keys

_Row = TypeVar("_Row", Subscriber, Suppression)
_MAX_TERM_CHARACTERS = 254  # letters of an address


def find_subscribers(readers: QuerySet[Subscriber], asked: str) -> QuerySet[Subscriber]:
    """Return the reader of a whole address, else all whose address holds what was asked for."""
    return _find_by_address(readers, asked)


def find_suppressions(rows: QuerySet[Suppression], asked: str) -> QuerySet[Suppression]:
    """Return the row of a whole address that is never written to, or of its hash, else all whose address holds it."""
    term = fold_address(asked.replace("\x00", ""))[:_MAX_TERM_CHARACTERS]
    hashed = rows.filter(
        address_hash__in={one for form in {term, _stored_form(term)} for one in hash_address_with_all_keys(form)}
    )
    return hashed if hashed.exists() else _find_by_address(rows, asked)


def _find_by_address(rows: QuerySet[_Row], asked: str) -> QuerySet[_Row]:
    term = fold_address(asked.replace("\x00", ""))[:_MAX_TERM_CHARACTERS]
    if not term:
        return rows
    whole = addresses.filter_by_addresses(rows, {term, _stored_form(term)})
    # Only what is no whole address of ours is looked for letter by letter, which may read the whole table.
    return (
        whole if "@" in term and whole.exists() else rows.alias(address=Lower("email")).filter(address__contains=term)
    )


def _stored_form(term: str) -> str:
    """Return what was asked for as an address is kept, where it is one: the host in ASCII."""
    try:
        return mail_hosts.normalize_address(term)
    except ValueError:
        return term


class _SubscriptionFilter(admin.SimpleListFilter):
    """One of the choices that a subscription has to meet, all together."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the readers once, by the first choice that was made, to those with a subscription that meets all."""
        met = [one.field for one in _SUBSCRIPTION_FILTERS if one.chosen(request)]
        if self.field not in met[:1]:
            return queryset
        return queryset.filter(Exists(filter_subscriptions(request).filter(subscriber=OuterRef("pk"))))

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        """Return the value of the address, or nothing where no row could have it."""
        value = request.GET.get(str(cls.parameter_name), "")
        return value if value.isdecimal() and len(value) < 10 else ""


class PublicationFilter(_SubscriptionFilter):
    """Who reads, or once asked for, a publication."""

    title, parameter_name, field = _("publication"), "publication", "publication"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the publications."""
        return list(Publication.objects.values_list("pk", "name"))


class StateFilter(_SubscriptionFilter):
    """Active, left, or waiting for the confirmation."""

    title, parameter_name, field = _("state"), "state", "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the states."""
        return [(state.value, gettext(str(state.label))) for state in Subscription.State]

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        """Return the state, or nothing where there is no such state."""
        value = request.GET.get(str(cls.parameter_name), "")
        return value if value in Subscription.State.values else ""


class CategoryFilter(_SubscriptionFilter):
    """Who chose a category."""

    title, parameter_name, field = _("category"), "category", "category"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the categories that are chosen from."""
        language = (get_language() or "en")[:2]
        rows = Category.objects.filter(retired=False)
        return [(one.pk, f"{one.emoji} {one.name(language)}".strip()) for one in rows]


def filter_subscriptions(request: HttpRequest) -> QuerySet[Subscription]:
    """Return the subscriptions that meet all choices that were made."""
    met = {one.field: value for one in _SUBSCRIPTION_FILTERS if (value := one.chosen(request))}
    category = met.pop(CategoryFilter.field, None)
    theirs = Subscription.objects.filter(**met)
    if category:
        choice = Subscription.categories.through.objects.filter(subscription=OuterRef("pk"), category=int(category))
        theirs = theirs.filter(Exists(choice))
    return theirs


class LanguageFilter(admin.SimpleListFilter):
    """The languages that readers may have; which of them occur is not looked up in every row."""

    title, parameter_name = _("language"), "language"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the languages of the site."""
        return [(code, gettext(str(name))) for code, name in settings.LANGUAGES]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the readers to a language."""
        return queryset.filter(language=self.value()) if self.value() in dict(settings.LANGUAGES) else queryset


class KindFilter(admin.SimpleListFilter):
    """The kinds of events; which of them occur is not looked up in every row."""

    title, parameter_name = _("kind"), "kind__exact"
    kinds = (
        "delivered",
        "deferred",
        "bounced",
        "rejected",
        "failed",
        "complained",
        "unsubscribed",
        "autoresponded",
        "opened",
        "clicked",
    )

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the kinds in the words of the desk."""
        return [(kind, gettext(kind)) for kind in (*self.kinds, "left")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the events to a kind."""
        return queryset.filter(kind=self.value()) if self.value() in dict(self.lookup_choices) else queryset


_SUBSCRIPTION_FILTERS: list[type[_SubscriptionFilter]] = [PublicationFilter, StateFilter, CategoryFilter]
