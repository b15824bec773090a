"""Searches and filters of the lists of readers, suppressions and events, fast with a million rows. Querysets, no pages.

The filters of publication, state and category have to be met by one and the same subscription. PostgreSQL finds a part
of an address of three letters or more by a trigram index, where it has one.
"""

from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from digests.models import Category, Publication
from newsletter.models import Event, Subscriber, Subscription, Suppression
from newsletter.subscribers import addresses, mail_hosts
from newsletter.subscribers.addresses import fold_address, hash_address_with_all_keys

_Row = TypeVar("_Row", Subscriber, Suppression)
_MAX_TERM_CHARACTERS = 254  # the longest address


def find_subscribers(readers: QuerySet[Subscriber], term: str) -> QuerySet[Subscriber]:
    """Return the reader of a whole address, else all readers whose address contains the term."""
    return _find_by_address(readers, term)


def find_suppressions(rows: QuerySet[Suppression], term: str) -> QuerySet[Suppression]:
    """Return the suppression of a whole address or of its hash, else all whose address contains the term."""
    folded = fold_address(term.replace("\x00", ""))[:_MAX_TERM_CHARACTERS]
    hashed = rows.filter(
        address_hash__in={one for form in {folded, _stored_form(folded)} for one in hash_address_with_all_keys(form)}
    )
    return hashed if hashed.exists() else _find_by_address(rows, term)


def _find_by_address(rows: QuerySet[_Row], term: str) -> QuerySet[_Row]:
    term = fold_address(term.replace("\x00", ""))[:_MAX_TERM_CHARACTERS]
    if not term:
        return rows
    whole = addresses.filter_by_addresses(rows, {term, _stored_form(term)})
    # Only a term that is no whole address of ours is searched as a part, which may read the whole table.
    return (
        whole if "@" in term and whole.exists() else rows.alias(address=Lower("email")).filter(address__contains=term)
    )


def _stored_form(term: str) -> str:
    """Return a term as addresses are stored, the host in ASCII; unchanged where it is no address."""
    try:
        return mail_hosts.normalize_address(term)
    except ValueError:
        return term


class _SubscriptionFilter(admin.SimpleListFilter):
    """One of the filters that a single subscription has to meet, all together."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter the readers to those with a subscription that meets all filters; only the first active filter does so."""
        met = [one.field for one in _SUBSCRIPTION_FILTERS if one.get_value(request)]
        if self.field not in met[:1]:
            return queryset
        return queryset.filter(Exists(filter_subscriptions(request).filter(subscriber=OuterRef("pk"))))

    @classmethod
    def get_value(cls, request: HttpRequest) -> str:
        """Return the value in the query string; empty where no row could have it."""
        value = request.GET.get(str(cls.parameter_name), "")
        return value if value.isdecimal() and len(value) < 10 else ""


class PublicationFilter(_SubscriptionFilter):
    """Filter by publication: readers, and those who once signed up for it."""

    title, parameter_name, field = _("newsletter"), "publication", "publication"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the publications."""
        return list(Publication.objects.values_list("pk", "name"))


class StateFilter(_SubscriptionFilter):
    """Filter by the state of the subscription."""

    title, parameter_name, field = _("state"), "state", "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the states."""
        return [(state.value, str(state.label)) for state in Subscription.State]

    @classmethod
    def get_value(cls, request: HttpRequest) -> str:
        """Return the state in the query string; empty where there is no such state."""
        value = request.GET.get(str(cls.parameter_name), "")
        return value if value in Subscription.State.values else ""


class CategoryFilter(_SubscriptionFilter):
    """Filter by a chosen category."""

    title, parameter_name, field = _("category"), "category", "category"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the categories that are not retired."""
        language = (get_language() or "en")[:2]
        rows = Category.objects.filter(retired=False)
        return [(one.pk, one.label(language)) for one in rows]


def filter_subscriptions(request: HttpRequest) -> QuerySet[Subscription]:
    """Return the subscriptions that meet all filters of a request."""
    met = {one.field: value for one in _SUBSCRIPTION_FILTERS if (value := one.get_value(request))}
    category = met.pop(CategoryFilter.field, None)
    theirs = Subscription.objects.filter(**met)
    if category:
        choice = Subscription.categories.through.objects.filter(subscription=OuterRef("pk"), category=int(category))
        theirs = theirs.filter(Exists(choice))
    return theirs


class LanguageFilter(admin.SimpleListFilter):
    """Filter by language. Django's own filter would read every row to find the languages in use."""

    title, parameter_name = _("language"), "language"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the languages of the site."""
        return [(code, str(name)) for code, name in settings.LANGUAGES]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the readers to a language."""
        return queryset.filter(language=self.value()) if self.value() in dict(settings.LANGUAGES) else queryset


class KindFilter(admin.SimpleListFilter):
    """Filter by kind of event. Django's own filter would read every row to find the kinds in use."""

    title, parameter_name = _("kind"), "kind__exact"
    kinds = (
        Event.Kind.DELIVERED,
        Event.Kind.DEFERRED,
        Event.Kind.BOUNCED,
        Event.Kind.REJECTED,
        Event.Kind.FAILED,
        Event.Kind.COMPLAINED,
        Event.Kind.UNSUBSCRIBED,
        Event.Kind.AUTORESPONDED,
        Event.Kind.OPENED,
        Event.Kind.CLICKED,
    )

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[Any, str]]:
        """Return the kinds in the language of the desk."""
        return [(kind.value, str(kind.label)) for kind in self.kinds]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the events to a kind."""
        return queryset.filter(kind=self.value()) if self.value() in dict(self.lookup_choices) else queryset


_SUBSCRIPTION_FILTERS: list[type[_SubscriptionFilter]] = [PublicationFilter, StateFilter, CategoryFilter]
