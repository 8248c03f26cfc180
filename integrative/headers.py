"""Response headers that Django and django-csp do not send by themselves, and what differs in the staff room."""

from csp.constants import SELF
from django.conf import settings

from .stylesheet import STYLESHEET_HASH

# Nothing here asks for a camera, a place or a payment, so no page and no frame in it may.
PERMISSIONS = ("browsing-topics", "camera", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{name}=()" for name in PERMISSIONS)
# The admin's own scripts write HTML, so Trusted Types cannot hold there; its scripts still come from this site alone.
STAFF_POLICY = {"require-trusted-types-for": None, "trusted-types": None, "style-src": [SELF, STYLESHEET_HASH]}


def headers(get_response):
    """Add them to every answer, errors and static files too.

    In the staff room the referrer goes to this site only: with none at all a browser calls the origin of a form `null`,
    and Django must refuse it.
    """

    def middleware(request):
        response = get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        if request.path_info.startswith(f"/{settings.ADMIN_PATH}"):
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["X-Robots-Tag"] = "noindex"
            response._csp_replace = STAFF_POLICY | (getattr(response, "_csp_replace", None) or {})
        return response

    return middleware
