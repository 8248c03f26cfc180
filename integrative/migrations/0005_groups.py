"""The roles of the staff room as groups. A group's permissions may be changed later in the admin; its name is fixed."""

from django.db import migrations

ROLES = {
    "Author": ["draft_revision"],
    "Clinical reviewer": ["review_revision"],
    "Publisher": ["publish_revision"],
}
NAMES = {
    "draft_revision": "May write drafts and hand them in for review",
    "review_revision": "May sign a text as its clinical reviewer, or send it back",
    "publish_revision": "May publish, schedule, retire and rename pages",
}


def make_groups(apps, schema_editor):
    kinds = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    groups = apps.get_model("auth", "Group").objects
    kind, _ = kinds.get_or_create(app_label="integrative", model="revision")
    for role, codenames in ROLES.items():
        group, _ = groups.get_or_create(name=role)
        for codename in codenames:
            # Django makes permissions only after the last migration.
            permission, _ = permissions.get_or_create(
                content_type=kind, codename=codename, defaults={"name": NAMES[codename]}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("integrative", "0004_finder"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
