from django.urls import include, path

from . import data, views
from .visit_sheet import visit_sheet

therapies = [path("", views.index, name="index"), path("<slug:path>/", views.detail, name="detail")]
approaches = [path("", views.approaches, name="index"), path("<slug:path>/", views.approach, name="detail")]
evidence = [
    path("", views.evidence_map, name="index"),
    path("<slug:therapy>/<slug:condition>/", views.evidence_detail, name="detail"),
]
locations = [path("", views.locations, name="index"), path("<slug:path>/", views.location, name="detail")]

urlpatterns = [
    path("therapies/", include((therapies, "therapies"))),
    path("approaches/", include((approaches, "approaches"))),
    path("evidence/", include((evidence, "evidence"))),
    path("locations/", include((locations, "locations"))),
    path("data/", data.about, name="data"),
    path("data/evidence.csv", data.evidence_csv, name="evidence-csv"),
    path("data/evidence.json", data.evidence_json, name="evidence-json"),
    path("visit-sheet/", visit_sheet, name="visit-sheet"),
    path("compare/", views.compare, name="compare"),
    path("compare/approaches/", views.compare_approaches, name="compare-approaches"),
    path("compare/approaches/<path:paths>/", views.compare_approaches, name="compare-approaches"),
    path("compare/therapies/<path:paths>/", views.compare_therapies, name="compare-therapies"),
    path("compare/for/<slug:path>/", views.compare_for, name="compare-for"),
]
