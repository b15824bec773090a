"""The page that splits a category: it shows what follows before it does so, and takes no nonsense."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.urls import reverse

from digests.models import Category
from newsletter.models import CategorySplit, SplitPrompt
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    person = User.objects.create_user("editor", email="editor@example.org", is_staff=True)
    person.groups.add(Group.objects.get(name="editor"))
    client.force_login(person)
    old = build.category("robots", names={"ko": "로봇", "en": "Robots"}, color="#aabbcc")
    build.subscription(build.publication(categories=[old]), [old])
    return reverse("admin:newsletter_split", args=[old.pk])


def _parts(*slugs: str, **more: str) -> dict[str, str]:
    values = {"form-TOTAL_FORMS": str(len(slugs)), "form-INITIAL_FORMS": "0"}
    for n, slug in enumerate(slugs):
        values |= {f"form-{n}-slug": slug, f"form-{n}-name_ko": f"{slug} 분야", f"form-{n}-name_en": slug.title()}
        values |= {f"form-{n}-color": "#112233", f"form-{n}-emoji": ""}
    return values | more


def test_page_says_whom_it_touches_and_does_nothing_yet(client, page):
    answer = client.post(page, _parts("arms", "legs", do="look"))

    assert answer.context["readers"] == 1
    assert answer.context["prompts"][1] == (
        "en",
        "We’ve split “Robots” into Arms and Legs. You’ll get them all until you choose.",
    )
    assert answer.context["bare"] == ["arms", "legs"]
    assert (CategorySplit.objects.count(), Category.objects.count()) == (0, 1)


def test_page_divides_and_shows_how_readers_answer(client, page):
    answer = client.post(page, _parts("arms", "legs", do="split"), follow=True)

    (split,) = answer.context["splits"]
    assert (split["asked"], split["answered"], split["left_alone"]) == (1, 0, 0)
    assert LogEntry.objects.get().change_message == "나눈 분야: arms 분야, legs 분야"
    SplitPrompt.objects.all().delete()
    assert client.get(page).context["splits"][0]["answered"] == 1


def test_page_offers_one_more_part_with_the_colors_of_the_old_one(client, page):
    answer = client.post(page, _parts("arms", "legs", do="more"))

    forms = answer.context["parts"].forms
    assert [form["slug"].value() for form in forms] == ["arms", "legs", None]
    assert forms[2]["color"].value() == "#aabbcc"
    assert answer.context["prompts"] == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"form-TOTAL_FORMS": "x", "form-INITIAL_FORMS": "y"},
        {"form-TOTAL_FORMS": "-1", "form-INITIAL_FORMS": "0"},
        {"form-TOTAL_FORMS": "99999", "form-INITIAL_FORMS": "0"},
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"},
        _parts("arms"),
        _parts("arms", "arms"),
        _parts("arms", "robots"),
        _parts("arms", "le gs"),
        _parts("arms", "le\x00gs"),
        _parts("arms", "x" * 51),
        _parts("arms", "legs", **{"form-1-color": "red"}),
        _parts("arms", "legs", **{"form-1-color": "#AABBCC; }"}),
        _parts("arms", "legs", **{"form-1-name_ko": "가" * 101}),
        _parts("arms", "legs", **{"form-1-emoji": "🤖" * 17}),
        _parts("arms", "legs", **{"form-1-name_en": " "}),
    ],
)
@pytest.mark.parametrize("do", ["look", "split", "more", "nonsense"])
def test_page_takes_no_nonsense(client, page, values, do):
    answer = client.post(page, values | {"do": do})

    assert answer.status_code == 200
    assert list(Category.objects.values_list("slug", "retired")) == [("robots", False)]


def test_page_of_a_retired_category_divides_nothing(client, page):
    Category.objects.update(retired=True)

    client.post(page, _parts("arms", "legs", do="split"))
    assert Category.objects.count() == 1
