from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class IntegrativeConfig(AppConfig):
    name = "integrative"
    verbose_name = "Ground floor"
    default = True

    def ready(self):
        from . import checks  # noqa: F401 - registers the deployment checks


class AdminConfig(admin_apps.AdminConfig):
    default_site = "integrative.staffroom.StaffRoom"
    default = False
