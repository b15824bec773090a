"""Addresses of the site. What takes any word comes last, so that it never stands before another page."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from newsletter.admin import two_factor
from newsletter.feedback.webhooks import event_patterns
from newsletter.site import account, api, feeds, pages, preferences, preview, search, signup, status

handler400 = "newsletter.site.middleware.refused"
handler403 = "newsletter.site.middleware.forbidden"
handler404 = "newsletter.site.middleware.not_found"
handler500 = "newsletter.site.middleware.failed"

urlpatterns = [
    path("", pages.home, name="home"),
    path("admin/second/", two_factor.page, name="second"),
    path("admin/second/check/", two_factor.check, name="second_check"),
    path("admin/", admin.site.urls),
    # Where ESPs tell what became of a mail: /anymail/mailgun/tracking/ and so on, with ANYMAIL_WEBHOOK_SECRET.
    path("anymail/", include((event_patterns(), "anymail"))),
    path("health", status.health, name="health"),
    path("health/<str:name>", status.process_health, name="process_health"),
    path("metrics", status.metrics, name="metrics"),
    path("favicon.ico", RedirectView.as_view(url=f"/{settings.STATIC_URL.strip('/')}/newsletter/icon.svg")),
    path("robots.txt", feeds.robots, name="robots"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("colors.css", feeds.colors, name="colors"),
    path("about/", pages.colophon, name="about"),
    path("privacy/", pages.privacy, name="privacy"),
    path("search/", search.find, name="search"),
    path("language/", signup.set_language, name="language"),
    path("subscribe/", signup.subscribe, name="subscribe"),
    path("link/", account.lost_link, name="lost_link"),
    path("api/v1/subscriptions", api.subscriptions, name="api_subscriptions"),
    path("api/v1/openapi.json", api.openapi, name="api_openapi"),
    # Behind the links in emails. A mail program's POST must meet no redirect, so /u/ answers with and without a slash.
    path("c/<str:token>/", signup.confirm, name="confirm"),
    path("n/<str:token>/", signup.never, name="never"),
    path("m/<str:token>/", preferences.manage, name="manage"),
    path("o/<str:token>/", account.mine, name="owner"),
    path("a/<str:token>/", account.address, name="address"),
    path("b/<str:token>/", account.take_back, name="take_back"),
    re_path(r"^u/(?P<token>[\w-]+)/?$", preferences.leave, name="leave"),
    re_path(r"^u/(?P<token>[\w-]+)/(?P<category>[\w-]+)/?$", preferences.leave, name="leave_category"),
    path("<slug:slug>/archive/", pages.past, name="archive"),
    path("<slug:slug>/preview/", preview.preview, name="preview"),
    path("<slug:slug>/feed.xml", feeds.atom, name="feed"),
    path("<slug:slug>/<slug:category>/feed.xml", feeds.atom, name="category_feed"),
    re_path(r"^(?P<slug>[\w-]+)/(?P<date>\d{4}-\d{2}-\d{2})/$", pages.digest, name="digest"),
    re_path(r"^(?P<slug>[\w-]+)/(?P<date>\d{4}-\d{2}-\d{2})/chart\.png$", pages.chart, name="digest_chart"),
    path("<slug:slug>/", pages.publication, name="publication"),
]
