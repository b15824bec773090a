"""Short dates as tables have them; the long ones are Django's: "2026년 5월 22일"."""

SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
