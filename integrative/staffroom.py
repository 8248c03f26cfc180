from django.conf import settings
from django.contrib import admin
from django.urls import path

from .records import record_models
from .signin import SecondStep

# What the apps behind the sign-in are for, in words.
SIGN_IN_APPS = {"axes": "Failed sign-ins", "otp_static": "Recovery codes", "otp_totp": "Authenticator apps"}


class StaffRoom(SecondStep, admin.AdminSite):
    site_header = site_title = "Staff room"
    index_title = "What readers see, and who keeps it true"
    index_template = "admin/staff/index.html"

    def each_context(self, request):
        return super().each_context(request) | {"site_header": f"{settings.SITE_NAME} staff room"}

    def get_app_list(self, request, app_label=None):
        """What staff write comes first; accounts and sign-in follow."""
        ours = {model._meta.app_label for model in record_models()}
        found = super().get_app_list(request, app_label)
        for app in found:
            app["name"] = SIGN_IN_APPS.get(app["app_label"], app["name"])
        return sorted(found, key=lambda app: app["app_label"] not in ours)

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
