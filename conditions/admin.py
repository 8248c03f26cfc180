from django.contrib import admin

from integrative.admin import RecordAdmin

from .models import Condition


@admin.register(Condition)
class ConditionAdmin(RecordAdmin):
    list_display = ["title", "body_system", "status", "checked_on", "reviewed_on", "next_review_on"]
    list_filter = [*RecordAdmin.list_filter, "body_system"]
    search_fields = ["path", "title", "also_called"]
