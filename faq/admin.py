from django.contrib import admin

from integrative.admin import RecordAdmin

from .models import Article, Question


class LinkedAdmin(RecordAdmin):
    autocomplete_fields = ["therapies", "conditions", "approaches"]


@admin.register(Question)
class QuestionAdmin(LinkedAdmin):
    list_display = ["title", "order", "status", "checked_on", "reviewed_on"]


@admin.register(Article)
class ArticleAdmin(LinkedAdmin):
    pass
