from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe

from .models import Page
from .rendering import Notes
from .structured import absolute
from .stylesheet import STYLESHEET
from .version import remembered


def site(request):
    """What every template may use: the operator's names, the standing texts, and this page's numbered notes."""
    return {
        "site": {
            "name": settings.SITE_NAME,
            "operator": settings.OPERATOR_NAME,
            "email": settings.OPERATOR_EMAIL,
            "phone": settings.OPERATOR_PHONE,
        },
        "stylesheet": mark_safe(STYLESHEET),
        "notes": Notes(),
        "preview": getattr(request, "preview", None),
        "standing": SimpleLazyObject(standing_texts),
        # Not before a template asks: the page that refuses an unknown host has no address of its own.
        "canonical": SimpleLazyObject(lambda: absolute(request, request.get_full_path())),
    }


@remembered
def standing_texts():
    """The texts that stand on many pages, by address."""
    return Page.objects.published().in_bulk(["notice", "emergency"])
