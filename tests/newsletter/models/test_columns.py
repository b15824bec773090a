"""Names of zones: nothing that a stranger typed gets past `known_zone`."""

import pytest
from django.core.exceptions import ValidationError

from newsletter.models.columns import clean_zone_name, validate_time_zone


@pytest.mark.parametrize("name", ["Asia/Seoul", "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Etc/GMT+12", "UTC"])
def test_known_takes_what_browsers_say(name):
    assert clean_zone_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "asia/seoul", "Asia/Seoul ", "Asia/Seoul\0", "Asia", "Etc/Unknown", "가/나", "<b>", "x" * 100_000),
        *("localtime", "Factory", "tzdata.zi", "../../etc/passwd", "/etc/localtime"),
    ],
)
def test_known_takes_nothing_else(name):
    assert clean_zone_name(name) == ""


def test_validate_refuses_what_is_not_known():
    validate_time_zone("Asia/Seoul")

    with pytest.raises(ValidationError):
        validate_time_zone("Asia/Soul")
