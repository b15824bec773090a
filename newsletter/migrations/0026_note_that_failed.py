from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0022_unread_mails")]

    operations = [
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("error", ""), _negated=True), fields=["at"], name="note_that_failed"
            ),
        ),
    ]
