"""Forms of the readers' pages: they validate what a person typed; errors are codes of replies."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from digests.models import Category, Publication
from newsletter.models import SignupRequest
from newsletter.models.columns import clean_zone_name
from newsletter.site.replies import Reply
from newsletter.subscribers import antispam, consent, mail_hosts, proof_of_work

_A_YEAR = dt.timedelta(days=366)  # a leap year fits in


class AddressField(forms.EmailField):
    """A field for an email address, normalized as mail will carry it."""

    default_validators = []  # Django's validator knows neither IDNA 2008 nor our unusable addresses

    def clean(self, value: Any) -> str:
        """Return the normalized address. Raises ValidationError, whose code is a Reply."""
        try:
            return mail_hosts.normalize_address(str(super().clean(value)))
        except mail_hosts.UnusableAddressError as error:
            raise ValidationError("such an address cannot be used here", code=Reply.ERROR_UNUSABLE) from error
        except ValueError as error:
            raise ValidationError("nobody can be written to there", code=Reply.ERROR_EMAIL) from error


def _email_problem(form: forms.Form) -> Reply:
    """Return the reply to an invalid address."""
    codes = {error.code for error in form.errors.as_data()["email"]}
    return Reply.ERROR_UNUSABLE if codes == {Reply.ERROR_UNUSABLE} else Reply.ERROR_EMAIL


class SignupForm(forms.Form):
    """The sign-up: an address and categories of one publication, with hidden fields against scripts."""

    publication = forms.ModelChoiceField(queryset=Publication.objects.filter(enabled=True), to_field_name="slug")
    email = AddressField(max_length=254)
    category = forms.ModelMultipleChoiceField(queryset=Category.objects.none(), to_field_name="slug")
    time_zone = forms.CharField(required=False)  # of the browser, where it says
    website = forms.CharField(required=False)  # hidden: a person leaves it empty
    stamp = forms.CharField(required=False)
    doubted = forms.CharField(required=False)  # the address that a hint was shown for
    altcha = forms.CharField(required=False)  # the answer to a puzzle, under the name that ALTCHA's widgets give it

    def __init__(self, data: Any) -> None:
        if data.get("meant"):  # the reader pressed a hint: that address and no other
            data = data.copy()
            data["email"] = data["meant"]
        super().__init__(data)
        self.chosen = Publication.objects.filter(enabled=True, slug=str(data.get("publication", ""))[:50]).first()
        if self.chosen:
            field = self.fields["category"]
            assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
            field.queryset = consent.list_open_categories(self.chosen)

    def get_time_zone(self) -> str:
        """Return the browser's time zone; empty where it sent none, or an unknown one."""
        return clean_zone_name(self.cleaned_data.get("time_zone", ""))

    def is_trap(self) -> bool:
        """Say whether the hidden field was filled in, as only scripts do."""
        return bool(self.data.get("website"))

    def list_problems(self) -> list[tuple[Reply, dict[str, Any]]]:
        """Return what prevents the sign-up, as replies with their values; empty where nothing does."""
        found: list[tuple[Reply, dict[str, Any]]] = [
            (_email_problem(self) if name == "email" else Reply(f"error_{name}"), {})
            for name in ("publication", "email", "category")
            if name in self.errors
        ]
        if found:
            return found
        email = self.cleaned_data["email"]
        meant = antispam.suggest_address(email)
        if meant and self.cleaned_data["doubted"] != email:
            return [(Reply.ERROR_MEANT, {"email": meant})]
        if not antispam.is_human_stamp(self.cleaned_data["stamp"]):
            return [(Reply.ERROR_STAMP, {})]
        if not self.get_puzzle_key() and (unsolved := _proof_of_work_problem()):
            return [unsolved]
        objection = mail_hosts.get_host_error(email.rpartition("@")[2])
        return [(Reply(objection), {})] if objection else []

    def get_puzzle_key(self) -> str:
        """Return the key of a solved puzzle, by which it is used up; empty where it is unsolved, or used already."""
        key = proof_of_work.verify_answer(self.cleaned_data.get("altcha", ""))
        return "" if key and SignupRequest.objects.filter(puzzle=key).exists() else key


def _proof_of_work_problem() -> tuple[Reply, dict[str, Any]] | None:
    """Return the reply to an unsolved puzzle; None where no puzzle is required now."""
    if settings.PROOF_OF_WORK:
        return Reply.ERROR_PUZZLE, {"address": settings.REPLY_TO or settings.FROM_EMAIL}
    until = antispam.get_site_limit_end()
    return (Reply.ERROR_FULL, {"minutes": antispam.count_minutes_until(until)}) if until else None


class PauseForm(forms.Form):
    """A pause: the day from which the reader wants mail again, or how many weeks from today that is."""

    PRESETS_IN_WEEKS = (1, 2)

    until = forms.DateField(required=False)
    weeks = forms.TypedChoiceField(choices=[(n, n) for n in PRESETS_IN_WEEKS], coerce=int, required=False)

    def __init__(self, data: Any, today: dt.date) -> None:
        super().__init__(data)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """Return the values with the day, which is from tomorrow on and within a year."""
        values: dict[str, Any] = super().clean() or {}
        weeks = values.get("weeks")
        until = self.today + dt.timedelta(weeks=weeks) if weeks else values.get("until")
        if until is None or not self.today < until <= self.today + _A_YEAR:
            raise ValidationError("not within a year")
        return values | {"until": until}


class AddressForm(forms.Form):
    """One email address."""

    email = AddressField(max_length=254)

    def find_problem(self) -> str:
        """Return the code of the reply that says what is wrong; empty where the address is usable."""
        if not self.is_valid():
            return _email_problem(self)
        return mail_hosts.get_host_error(self.cleaned_data["email"].rpartition("@")[2])
