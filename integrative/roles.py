"""Who may do what in the staff room. The groups are made by a migration; a new kind of record needs nothing here."""

AUTHOR, REVIEWER, PUBLISHER = "draft_revision", "review_revision", "publish_revision"


def may(user, permission):
    """Whether a signed-in member of staff has one of the permissions above."""
    return user.is_active and user.is_staff and user.has_perm(f"integrative.{permission}")


def may_look(user):
    """Whether someone has any part in the staff room, and so may see drafts, history and previews."""
    return any(may(user, permission) for permission in (AUTHOR, REVIEWER, PUBLISHER))
