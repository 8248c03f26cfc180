from django.contrib import admin
from django.urls import path

from .signin import SecondStep


class StaffRoom(SecondStep, admin.AdminSite):
    site_header = site_title = "Staff room"
    index_title = "What readers see, and who keeps it true"
    index_template = "admin/staff/index.html"

    def index(self, request, extra_context=None):
        from .dashboard import panels
        from .roles import may_look

        shown = panels(request.user) if may_look(request.user) else []
        return super().index(request, {"panels": shown, **(extra_context or {})})

    def get_urls(self):
        from . import helpers

        own = [
            path("calendar/", self.admin_view(helpers.calendar), name="calendar"),
            path("reports/", self.admin_view(helpers.overview), name="reports"),
            path("render/", self.admin_view(helpers.render_text), name="render"),
            path("find/", self.admin_view(helpers.find), name="find"),
        ]
        return [*own, *super().get_urls()]
