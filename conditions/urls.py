from django.urls import include, path

from . import views

conditions = [path("", views.index, name="index"), path("<slug:path>/", views.detail, name="detail")]

urlpatterns = [path("conditions/", include((conditions, "conditions")))]
