"""American dates with the month in full: "May 22, 2026"; short ones as tables have them: "2026-05-22 08:00"."""

DATE_FORMAT = "F j, Y"
MONTH_DAY_FORMAT = "F j"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
