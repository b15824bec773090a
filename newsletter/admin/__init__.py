"""The desk in Django admin, as far as it is about readers and mail: importing this registers its pages.

The first page (today) and the door (login) belong to the whole desk.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from newsletter.admin import category, deliveries, login, mailing, reader, users

__all__ = ["category", "deliveries", "mailing", "reader", "users"]

admin.site.site_header = admin.site.site_title = _("Editor's desk")
admin.site.index_title = _("Today")
admin.site.login_form = login.LoginForm
