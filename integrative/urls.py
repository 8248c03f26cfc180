from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import index, sitemap
from django.urls import include, path
from django.views.decorators.http import require_safe

from . import desk, views
from .answers import answers_to
from .feeds import changes
from .search import views as search
from .sitemaps import sitemaps

sources = [path("", views.sources, name="index"), path("<slug:path>/", views.source, name="detail")]

section = answers_to("p")(require_safe(sitemap))
maps = {"sitemaps": sitemaps()}

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("conditions.urls")),
    path("", include("therapies.urls")),
    path("", include("faq.urls")),
    path("sources/", include((sources, "sources"))),
    path("glossary/", views.glossary, name="glossary"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    path("opensearch.xml", search.opensearch, name="opensearch"),
    path("changes.atom", changes, name="changes"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", require_safe(index), maps | {"sitemap_url_name": "sitemap-section"}, name="sitemap"),
    path("sitemap-<slug:section>.xml", section, maps, name="sitemap-section"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("preview/<str:token>/", desk.shared, name="shared-preview"),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("<slug:path>/", views.page, name="page"),
]

handler400 = views.unreadable
handler403 = views.refused
handler404 = views.missing
handler500 = views.failed
