from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.decorators.http import require_safe

from . import views
from .sitemaps import sitemaps

sources = [path("", views.sources, name="index"), path("<slug:path>/", views.source, name="detail")]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("conditions.urls")),
    path("", include("therapies.urls")),
    path("", include("faq.urls")),
    path("sources/", include((sources, "sources"))),
    path("glossary/", views.glossary, name="glossary"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": sitemaps()}, name="sitemap"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("<slug:path>/", views.page, name="page"),
]

handler400 = views.unreadable
handler403 = views.refused
handler404 = views.missing
handler500 = views.failed
