"""Words of models and rows that the desk shows, listed here so that makemessages finds them."""

from django.utils.translation import gettext_noop

STORED_WORDS = [
    # states and verdicts
    *(gettext_noop("Draft"), gettext_noop("In review"), gettext_noop("Approved")),
    *(gettext_noop("Planned"), gettext_noop("Sending"), gettext_noop("Paused"), gettext_noop("Done")),
    *(gettext_noop("Queued"), gettext_noop("Accepted"), gettext_noop("Failed"), gettext_noop("Unknown")),
    *(gettext_noop("Skipped"), gettext_noop("good"), gettext_noop("held"), gettext_noop("not read yet")),
    # where a text comes from
    *(gettext_noop("written by a model"), gettext_noop("extracted from the sources"), gettext_noop("imported")),
    # what was changed
    *(gettext_noop("text"), gettext_noop("heading"), gettext_noop("sources"), gettext_noop("order")),
    *(gettext_noop("verdict"), gettext_noop("title"), gettext_noop("subject"), gettext_noop("opening")),
    *(gettext_noop("approval"), gettext_noop("text by the model")),
    # what was found behind a link
    *(gettext_noop("not asked yet"), gettext_noop("answers"), gettext_noop("has moved"), gettext_noop("is dead")),
    *(gettext_noop("could not be checked"), gettext_noop("leads into a private network")),
    # what happens at a deadline
    *(gettext_noop("hold it"), gettext_noop("send what is clean")),
    # what happened afterwards
    *(gettext_noop("left"), gettext_noop("delivered"), gettext_noop("bounced"), gettext_noop("opened")),
    *(gettext_noop("failed"), gettext_noop("clicked")),
    *(gettext_noop("complained"), gettext_noop("unsubscribed"), gettext_noop("deferred"), gettext_noop("rejected")),
    # where an import is
    *(gettext_noop("Being read"), gettext_noop("Waits for a person"), gettext_noop("Being checked")),
    *(gettext_noop("Ready to import"), gettext_noop("Importing")),
    # permissions of our own
    gettext_noop("Can approve digest and take an approval back"),
    gettext_noop("Can schedule, pause, resume and cancel mailing"),
    # the desk's list of tables
    *(gettext_noop("Categories"), gettext_noop("Collections"), gettext_noop("Digests"), gettext_noop("Items")),
    *(gettext_noop("Publications"), gettext_noop("Sources"), gettext_noop("Deliveries"), gettext_noop("Events")),
    *(gettext_noop("Mailings"), gettext_noop("Subscribers"), gettext_noop("Suppressions")),
    *(gettext_noop("Newsletter"), gettext_noop("Log entries")),
]
