from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("integrative", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.CharField(max_length=80)),
            ],
        ),
    ]
