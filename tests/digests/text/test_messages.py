"""Messages as codes and parameters."""

from django.utils.translation import gettext_lazy, ngettext_lazy, override

from digests.text.messages import CodedError, MessageCode, find_code, format_message, make_message


class _Sample(MessageCode):
    PLAIN = "sample.plain", gettext_lazy("Found: {found}")
    COUNT = "sample.count", ngettext_lazy("{count} line of {file}", "{count} lines of {file}", "count")


def test_message_is_kept_as_a_code_and_parameters():
    assert make_message(_Sample.PLAIN, found="x") == {"code": "sample.plain", "params": {"found": "x"}}


def test_message_counts_by_the_plural_and_groups_thousands():
    with override("en"):
        said = [format_message(make_message(_Sample.COUNT, count=count, file="a.csv")) for count in (1, 2, 12345)]

    assert said == ["1 line of a.csv", "2 lines of a.csv", "12,345 lines of a.csv"]


def test_message_holds_other_messages_and_lists():
    inner = [make_message(_Sample.PLAIN, found="a"), make_message(_Sample.PLAIN, found="b")]

    assert format_message(make_message(_Sample.PLAIN, found=inner)) == "Found: Found: a; Found: b"


def test_message_never_reads_a_parameter_as_a_template():
    assert format_message(make_message(_Sample.PLAIN, found="{found.__class__}")) == "Found: {found.__class__}"


def test_message_is_one_short_line():
    assert format_message(make_message(_Sample.PLAIN, found="a\n b" + "x" * 200)) == "Found: a b" + "x" * 116 + "…"


def test_message_of_an_unknown_code_shows_what_is_kept():
    assert format_message({"code": "gone.away", "params": {"found": 3}}) == "gone.away found=3"
    assert format_message({"code": "sample.plain", "params": {}}) == "sample.plain"
    assert format_message({}) == ""


def test_coded_error_is_its_sentence():
    error = CodedError(_Sample.PLAIN, found="x")

    assert (error.message, str(error)) == ({"code": "sample.plain", "params": {"found": "x"}}, "Found: x")


def test_code_is_found_by_its_value():
    assert (find_code("sample.count"), find_code("sample.none")) == (_Sample.COUNT, None)
