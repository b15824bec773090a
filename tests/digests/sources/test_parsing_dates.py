"""Dates in many languages and forms: each is read as the one moment that it names, or not at all."""

import datetime as dt
import json
import time

import pytest
from babel.dates import format_date

from digests.sources.parsing import parse_document
from digests.sources.parsing.dates import DATE_LANGUAGES, detect_day_first, read_date
from tests.feedserver import rss, rss_item

# What each text names, in UTC.
NINE = "2026-11-28 09:00"
DAY = "2026-11-28 00:00"
READ = {
    # numbers
    "2026.11.28": DAY,
    "2026.11.28.": DAY,
    "2026. 11. 28.": DAY,
    "2026/11/28": DAY,
    "20261128": DAY,
    "2026.11.28 09:00": NINE,
    "2026/11/28 09:00:00": NINE,
    "2026-11-28, 9:00": NINE,
    "202611280900": NINE,
    "20261128090000": NINE,
    "20261128T090000Z": NINE,
    "２０２６．１１．２８　０９：００": NINE,
    "28/11/2026 09:00": NINE,
    "11/28/2026 9:00 AM": NINE,
    "28.11.2026 - 09:00": NINE,
    "28-Nov-2026 09:00": NINE,
    "11/11/2026": "2026-11-11 00:00",
    # RFC 822, RFC 3339 and what programs print
    "Sat, 28 Nov 2026 09:00:00 GMT": NINE,
    "Sat,28 Nov 2026 18:00:00 +0900": NINE,
    "Saturday, 28-Nov-26 09:00:00 UTC": NINE,
    "28 Nov 2026 09:00:00": NINE,
    "Sat, 28 Nov 2026 18:00:00 +0900 (KST)": NINE,
    "2026-11-28T09:00:00Z": NINE,
    "2026-11-28t18:00:00.123+09:00": "2026-11-28 09:00",
    "2026-11-28T04:00-0500": NINE,
    "2026-11-28T18:00:00+09:00[Asia/Seoul]": NINE,
    "2026-11-28 18:00:00 +0900 KST": NINE,
    "Sat Nov 28 09:00:00 2026": NINE,
    "Sat Nov 28 18:00:00 KST 2026": NINE,
    "Sat Nov 28 2026 18:00:00 GMT+0900 (대한민국 표준시)": NINE,
    "2026-11-28+09:00": "2026-11-27 15:00",
    "Sat, 28 Nov 2026 24:00:00 GMT": "2026-11-29 00:00",
    "1795824000": DAY,
    "1795824000.0": DAY,
    "1795824000000": DAY,
    # zones by name
    "Sat, 28 Nov 2026 09:00:00 KST": DAY,
    "Sat, 28 Nov 2026 09:00:00 JST": DAY,
    "Sat, 28 Nov 2026 10:00:00 CET": NINE,
    "Sat, 28 Aug 2026 11:00:00 CEST": "2026-08-28 09:00",
    "Sat, 28 Nov 2026 04:00:00 EST": NINE,
    "Sat, 28 Nov 2026 01:00:00 PST": NINE,
    "Sat, 28 Nov 2026 14:30:00 IST": NINE,
    "Sat, 28 Nov 2026 12:00:00 MSK": NINE,
    "Sat, 28 Nov 2026 20:00 AEDT": NINE,
    "November 28, 2026 4:00 AM ET": NINE,
    "August 28, 2026 5:00 AM ET": "2026-08-28 09:00",
    # Korean, Japanese, Chinese
    "2026년 11월 28일": DAY,
    "2026년 11월 28일 09:00": NINE,
    "2026년 11월 28일 오전 9:00": NINE,
    "2026년 11월 28일 토요일 오후 3시 5분": "2026-11-28 15:05",
    "2026. 11. 28. 오후 12:30": "2026-11-28 12:30",
    "2026.11.28 (토) 09:00": NINE,
    "토, 28 11월 2026 18:00:00 +0900": NINE,
    "2026年11月28日09:00": NINE,
    "2026年11月28日(土) 午前9時": NINE,
    "土, 28 11月 2026 18:00:00 +0900": NINE,
    "2026年11月28日 星期六 下午3:05": "2026-11-28 15:05",
    "周六, 28 11月 2026 17:00:00 +0800": NINE,
    "週六, 28 十一月 2026 17:00:00 HKT": NINE,
    # English, German, French, Spanish, Italian, Portuguese, Dutch, Russian
    "Nov 28, 2026 9:00 AM": NINE,
    "Saturday, November 28th, 2026 at 9:00 a.m.": NINE,
    "12:00 AM": "",
    "Nov 28, 2026 12:00 AM": DAY,
    "Samstag, 28. November 2026 um 09:00 Uhr": NINE,
    "Sa., 28. Nov. 2026 10:00 MEZ": NINE,
    "3. März 2026": "2026-03-03 00:00",
    "sam. 28 nov. 2026 à 9h00": NINE,
    "1er février 2026": "2026-02-01 00:00",
    "15 août 2026": "2026-08-15 00:00",
    "sab, 28 nov 2026 10:00:00 +0100": NINE,
    "sábado, 28 de noviembre de 2026, 9:00 a. m.": NINE,
    "sabato 28 novembre 2026 alle 09:00": NINE,
    "sáb., 28 de nov. de 2026 às 9h00": NINE,
    "zaterdag 28 november 2026 om 09.00 uur": NINE,
    "3 mrt. 2026": "2026-03-03 00:00",
    "суббота, 28 ноября 2026 г., 09:00": NINE,
    "Сб, 28 ноя 2026 12:00:00 +0300": NINE,
    "mar., 3 mars 2026": "2026-03-03 00:00",
    "mar 3 2026": "2026-03-03 00:00",
    "2026-11-28 09시 00분": NINE,
    "2026년11월28일 AM 9:00": NINE,
    "2026-11-28T09:00Z[UTC]": NINE,
    "09:00, 28 November 2026": NINE,
    "9:00 AM - Sat, Nov 28, 2026": NINE,
    "18:00 KST 2026.11.28": NINE,
    "Le samedi 28 novembre 2026": DAY,
    "samedi, le 28 novembre 2026": DAY,
    "Am 28.11.2026 um 10:00 Uhr MEZ": NINE,
    "28 ноября 2026 в 12:00 МСК": NINE,
    "Saturday 28th of November 2026 09:00:00 AM": NINE,
    "Sábado, 28 de Noviembre de 2026 - 09:00": NINE,
}
NOT_READ = [
    "", "not a date", "yesterday", "2 hours ago", "어제", "15:00", "2026", "2026-11", "2026-332", "28 Nov", "11월 28일",
    "26.11.28", "28-11-26", "Published 28 Nov 2026", "2026-11-28 and more", "2026-11-28T09:00:00Z?", "2026-11-28 9",
    "2026-11-2809:00", "30 Feb 2026", "2026.13.28", "13/13/2026", "28 Foo 2026", "Foo, 28 Nov 2026", "0000-00-00 00:00:00",
    "Sat, 28 Nov 2026 25:00:00 GMT", "Sat, 28 Nov 2026 09:61:00 GMT", "Sat, 28 Nov 2026 09:00:00 XYZ",
    "Sat, 28 Nov 2026 09:00:00 +9900", "28 Nov 2026 15:00 AM", "03/04/2026", "3.4.2026 09:00", "1" * 30, "28 Nov 2026" * 20,
    "2026-11-28" + " " * 300 + "or not", "10 28.11.2026", "25:00, 28 Nov 2026", "03/04/2026 09:00 03/04/2026",
]  # fmt: skip


@pytest.mark.parametrize(("text", "moment"), READ.items(), ids=READ)
def test_read_date_takes_the_whole_text(text, moment):
    found = read_date(text)
    assert (f"{found.astimezone(dt.UTC):%Y-%m-%d %H:%M}" if found else "") == moment


@pytest.mark.parametrize("text", NOT_READ)
def test_read_date_refuses_other_text(text):
    assert read_date(text) is None


@pytest.mark.parametrize(("value", "year"), [(1795824000, 2026), (1795824000.5, 2026), (5, None), (True, None), (None, None), ([], None), (float("nan"), None)])  # fmt: skip
def test_read_date_takes_numbers_for_seconds(value, year):
    found = read_date(value)
    assert (found and found.year) == year


@pytest.mark.parametrize("language", DATE_LANGUAGES)
def test_read_date_knows_the_names_of_every_month_and_weekday(language):
    for n in range(366):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=n)
        for form in ("d MMMM y", "EEEE, d MMMM y", "EEE, d MMM y", "d LLL y", "full", "long", "medium"):
            found = read_date(text := format_date(day, form, locale=language), day_first=True)
            assert (text, f"{found:%Y-%m-%d}" if found else None) == (text, f"{day:%Y-%m-%d}")


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["03/04/2026", "28/04/2026"], True),
        (["03/04/2026", "04/28/2026 9:00 AM"], False),
        (["03.04.2026", "28.04.2026"], True),
        (["Fri, 04/03/2026"], False),
        (["28/04/2026", "04/28/2026"], None),
        (["03/04/2026", "04/04/2026", "nonsense", None, 5], None),
        ([], None),
    ],
)
def test_detect_day_first_returns_what_all_dates_show(texts, first):
    assert detect_day_first(texts) is first


@pytest.mark.parametrize(("day_first", "moment"), [(True, "2026-04-03"), (False, "2026-03-04"), (None, None)])
def test_read_date_reads_an_ambiguous_date_by_day_first(day_first, moment):
    found = read_date("03/04/2026", day_first=day_first)
    assert (f"{found:%Y-%m-%d}" if found else None) == moment


def test_read_date_lets_the_weekday_decide():
    assert read_date("Fri, 03/04/2026", day_first=False) == dt.datetime(2026, 4, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text", ["mar " * 25, "1." * 50, "(" * 99, "9:" * 50, "2026-11-28 " + "(" * 80, "x" * 1_000_000]
)
def test_read_date_is_quick_to_give_up(text):
    read_date("")
    started = time.process_time()
    for _time in range(100):
        assert read_date(text) is None
    assert time.process_time() - started < 1


def published(document: str) -> list[str]:
    entries = parse_document(document.encode(), kind="feed", url="https://feed.example/")
    return [f"{entry.published:%Y-%m-%d}" if entry.published else "" for entry in entries]


@pytest.mark.parametrize(("decided_by", "dates"), [("28/02/2026", ["2026-04-03", "2026-02-28"]), ("02/28/2026", ["2026-03-04", "2026-02-28"]), ("soon", ["", ""])])  # fmt: skip
def test_a_document_decides_about_its_own_dates(decided_by, dates):
    texts = ("03/04/2026", decided_by)
    in_rss = rss(*[rss_item(f"Entry {n}", f"https://feed.example/{n}", date=text) for n, text in enumerate(texts)])
    entries = [f"<entry><title>{text}</title><updated>{text}</updated></entry>" for text in texts]
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{"".join(entries)}</feed>'
    in_json = json.dumps({"items": [{"title": text, "date_published": text} for text in texts]})
    times = "".join(f'<p><a href="/{n}">Story</a><time datetime="{text}"></time></p>' for n, text in enumerate(texts))
    page = parse_document(times.encode(), kind="page", url="https://feed.example/", selectors={"title": "a"})
    assert published(in_rss) == published(atom) == published(in_json) == dates
    assert [f"{entry.published:%Y-%m-%d}" if entry.published else "" for entry in page] == dates


def test_the_date_of_the_channel_decides_too():
    channel = rss(rss_item("Entry", "https://feed.example/", date="03/04/2026")).replace(
        "<title>A feed", "<pubDate>28/04/2026</pubDate><title>A feed"
    )
    assert published(channel) == ["2026-04-03"]


# Every form of cases that feeds were seen to write on one Saturday.
SATURDAY = [
    "2026.11.28 09:00", "2026/11/28 09:00:00", "2026년 11월 28일 09:00", "토, 28 11월 2026 09:00:00 +0900",
    "sab, 28 nov 2026 00:38:15 +0100", "Sat,28 Nov 2026 09:00:00 +0900", "Nov 28, 2026 9:00 AM", "1795824000",
    "Sat, 28 Nov 2026 09:00:00 KST", "Sat, 28 Nov 2026 09:00:00 CET",
]  # fmt: skip


def test_a_feed_is_read_by_what_it_says_and_not_by_the_clock(time_machine):
    time_machine.move_to("2026-12-05T12:00:00Z")
    document = rss(*[rss_item(f"Story {n}", f"https://feed.example/{n}", date=text) for n, text in enumerate(SATURDAY)])
    moments = [entry.published for entry in parse_document(document.encode(), kind="feed", url="https://feed.example/")]
    assert [f"{moment:%m-%dT%H:%M}" for moment in moments if moment] == [
        "11-28T09:00", "11-28T09:00", "11-28T09:00", "11-28T00:00", "11-27T23:38", "11-28T00:00", "11-28T09:00",
        "11-28T00:00", "11-28T00:00", "11-28T08:00",
    ]  # fmt: skip


def test_a_date_far_ahead_is_not_read(time_machine):
    time_machine.move_to("2026-11-28T12:00:00Z", tick=False)
    dates = ["2026.11.29 09:00", "2027.11.29 09:00", "2569.11.28"]
    document = rss(*[rss_item(f"Story {n}", f"https://feed.example/{n}", date=text) for n, text in enumerate(dates)])
    moments = [entry.published for entry in parse_document(document.encode(), kind="feed", url="https://feed.example/")]
    assert moments == [dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC), None, None]
