"""Words that stand in models or rows and are shown at the desk, named here so that they are found for translation."""

from django.utils.translation import gettext_noop

NAMES = [
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
    # what happens at a deadline
    *(gettext_noop("hold it"), gettext_noop("send what is clean")),
    # why a reader got nothing, and what happened afterwards
    *(gettext_noop("pending"), gettext_noop("left"), gettext_noop("suppressed"), gettext_noop("paused")),
    *(gettext_noop("no_match"), gettext_noop("cancelled"), gettext_noop("delivered"), gettext_noop("bounced")),
    *(gettext_noop("complained"), gettext_noop("unsubscribed"), gettext_noop("deferred"), gettext_noop("rejected")),
    # the desk's list of tables
    *(gettext_noop("Categories"), gettext_noop("Collections"), gettext_noop("Digests"), gettext_noop("Items")),
    *(gettext_noop("Publications"), gettext_noop("Sources"), gettext_noop("Deliveries"), gettext_noop("Events")),
    *(gettext_noop("Mailings"), gettext_noop("Subscribers"), gettext_noop("Suppressions")),
    *(gettext_noop("Newsletter"), gettext_noop("Log entries")),
]
