"""The desk's pages about readers and mail in Django admin; importing this registers them.

The title and the login form belong to the whole desk, with the pages of digests.admin.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from newsletter.admin import category, deliveries, login, mailing, reader, users

__all__ = ["category", "deliveries", "mailing", "reader", "users"]

admin.site.site_header = admin.site.site_title = _("Editor’s desk")
admin.site.index_title = _("Today")
admin.site.login_form = login.LoginForm
