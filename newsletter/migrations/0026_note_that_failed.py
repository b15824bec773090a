from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0030_search_vector")]

    operations = [
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("error", ""), _negated=True), fields=["at"], name="note_that_failed"
            ),
        ),
    ]
