from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("therapies", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["status", "rank", "therapy"], name="evidence_by_rank"),
        ),
    ]
