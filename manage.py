#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError

from newsletter.local_files import make_local_files


def main() -> None:
    """Run the command that sys.argv names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsletter.settings")
    try:
        make_local_files()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # a wrong setting is the operator's to mend: its name, not our stack
    except OperationalError as error:  # no server, no table, no room: what the database says, not our stack
        why = " ".join(str(error).split())
        sys.exit(f"Can’t use the database: {why}. If its tables are missing, run manage.py migrate.")


if __name__ == "__main__":
    main()
