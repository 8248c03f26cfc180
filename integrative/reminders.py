"""Mail to reviewers about pages whose review is due: one mail a person and day, however often it is asked for."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from .records import record_models
from .revisions import Reminder, desk
from .roles import REVIEWER

MOST_LISTED = 50


def due_records(on):
    """Published records whose review is due on or before a date, longest due first."""
    found = [record for model in record_models() for record in model.objects.due_for_review(on)]
    return sorted(found, key=lambda record: (record.next_review_on, str(record)))


def reviewers():
    """Active staff who may sign and have an address."""
    users = get_user_model().objects.with_perm(
        f"integrative.{REVIEWER}", include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
    )
    return users.filter(is_staff=True).exclude(email="").distinct().order_by("pk")


def send(on=None):
    """Mail every reviewer the list of what is due; returns the people written to today by this call.

    A mail that cannot be sent raises and leaves no mark, so the next call tries again.
    """
    on = on or timezone.localdate()
    due, told = due_records(on), []
    for user in reviewers() if due else ():
        with transaction.atomic():
            _, new = Reminder.objects.get_or_create(on=on, user=user)
            if new:
                send_mail(f"{len(due)} page(s) due for clinical review", _text(user, due), None, [user.email])
                told.append(user)
    return told


def _text(user, due):
    lines = [
        f"- {record} (since {record.next_review_on:%B %-d, %Y}): {settings.SITE_URL}{desk(type(record), record.pk)}"
        for record in due[:MOST_LISTED]
    ]
    more = [f"… and {len(due) - MOST_LISTED} more."] if len(due) > MOST_LISTED else []
    hello = f"Hello {user.get_full_name() or user.get_username()},"
    return "\n".join(
        [hello, "", f"These pages of {settings.SITE_NAME} wait for their clinical review:", "", *lines, *more]
    )
