from django.contrib import admin

from .signin import SecondStep


class StaffRoom(SecondStep, admin.AdminSite):
    site_header = site_title = "Staff room"
    index_title = "What readers see, and who keeps it true"
