"""URL patterns of the site. Those that begin with a slug come last, so that no publication hides another page."""

from django.conf import settings
from django.contrib import admin
from django.urls import path, re_path
from django.views.generic import RedirectView

from newsletter.admin import two_factor
from newsletter.feedback import webhooks
from newsletter.site import account, api, feedback, feeds, pages, preferences, preview, search, signup, status

handler400 = "newsletter.site.middleware.show_bad_request"
handler403 = "newsletter.site.middleware.show_forbidden"
handler404 = "newsletter.site.middleware.show_not_found"
handler500 = "newsletter.site.middleware.show_server_error"

urlpatterns = [
    path("", pages.show_home, name="home"),
    path("admin/second/", two_factor.show_two_factor, name="second"),
    path("admin/second/check/", two_factor.check_code, name="second_check"),
    path("admin/", admin.site.urls),
    # The webhooks of ESPs: /anymail/mailgun/tracking/ and so on, with ANYMAIL_WEBHOOK_SECRET.
    path("anymail/<slug:provider>/tracking/", webhooks.receive_events),
    path(
        "anymail/mandrill/", webhooks.receive_events, {"provider": "mandrill"}
    ),  # without /tracking/ in older settings
    path("health", status.show_health, name="health"),
    path("health/<str:name>", status.show_process_health, name="process_health"),
    path("metrics", status.show_metrics, name="metrics"),
    path("favicon.ico", RedirectView.as_view(url=f"/{settings.STATIC_URL.strip('/')}/newsletter/icon-32.png")),
    path("site.webmanifest", feeds.show_manifest, name="manifest"),
    path("robots.txt", feeds.show_robots, name="robots"),
    path("sitemap.xml", feeds.show_sitemap, name="sitemap"),
    path("colors.css", feeds.show_color_styles, name="colors"),
    path("about/", pages.show_about, name="about"),
    path("privacy/", pages.show_privacy, name="privacy"),
    path("search/", search.show_search, name="search"),
    path("language/", signup.set_language, name="language"),
    path("subscribe/", signup.subscribe, name="subscribe"),
    path("link/", account.send_lost_link, name="lost_link"),
    path("api/v1/subscriptions", api.handle_subscriptions, name="api_subscriptions"),
    path("api/v1/openapi.json", api.show_openapi, name="api_openapi"),
    # The links in emails. A mail program's POST must meet no redirect, so /u/ answers with and without a slash.
    path("c/<str:token>/", signup.confirm_subscription, name="confirm"),
    path("n/<str:token>/", signup.opt_out_address, name="never"),
    path("m/<str:token>/", preferences.manage_preferences, name="manage"),
    path("o/<str:token>/", account.manage_account, name="owner"),
    path("a/<str:token>/", account.confirm_new_address, name="address"),
    path("b/<str:token>/", account.undo_address_change, name="take_back"),
    re_path(r"^u/(?P<token>[\w-]+)/?$", preferences.unsubscribe, name="leave"),
    re_path(r"^u/(?P<token>[\w-]+)/(?P<category>[\w-]+)/?$", preferences.unsubscribe, name="leave_category"),
    path("<slug:slug>/archive/", pages.show_archive, name="archive"),
    path("<slug:slug>/preview/", preview.show_newest_email, name="preview"),
    path("<slug:slug>/feed.xml", feeds.show_atom_feed, name="feed"),
    path("<slug:slug>/<slug:category>/feed.xml", feeds.show_atom_feed, name="category_feed"),
    re_path(r"^(?P<slug>[\w-]+)/(?P<date>\d{4}-\d{2}-\d{2})/$", pages.show_digest, name="digest"),
    re_path(r"^(?P<slug>[\w-]+)/(?P<date>\d{4}-\d{2}-\d{2})/feedback/$", feedback.show_feedback, name="feedback"),
    re_path(r"^(?P<slug>[\w-]+)/(?P<date>\d{4}-\d{2}-\d{2})/chart\.png$", pages.show_chart, name="digest_chart"),
    re_path(r"^(?P<slug>[\w-]+)/(?P<date>\d{4}-\d{2}-\d{2})/card\.png$", pages.show_card, name="digest_card"),
    path("<slug:slug>/", pages.show_publication, name="publication"),
]
