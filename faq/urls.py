from django.urls import include, path

from . import views

questions = [path("", views.index, name="index"), path("<slug:path>/", views.detail, name="detail")]
articles = [path("", views.articles, name="index"), path("<slug:path>/", views.article, name="detail")]

urlpatterns = [
    path("faq/", include((questions, "faq"))),
    path("articles/", include((articles, "articles"))),
]
