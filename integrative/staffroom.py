from django.contrib import admin


class StaffRoom(admin.AdminSite):
    site_header = site_title = "Staff room"
    index_title = "What readers see, and who keeps it true"
