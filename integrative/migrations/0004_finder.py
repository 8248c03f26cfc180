from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrative", "0003_revisions")]

    operations = [
        migrations.CreateModel(
            name="EmptySearches",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "searches that found nothing",
                "verbose_name_plural": "searches that found nothing",
                "ordering": ["-day"],
            },
        ),
    ]
