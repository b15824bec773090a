"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from newsletter.local_files import make_local_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsletter.settings")
make_local_files()

application = get_wsgi_application()
