"""A process of its own for the tests of killed imports: `python -m tests.newsletter.importer begin 5000 | import | report`.

Works on the database of DATABASE_URL, so that it can be killed without taking the test along.
"""

import io
import json
import sys

import django

django.setup()

from newsletter.models import Import, Subscription  # noqa: E402 - see above
from newsletter.subscribers.csv_import import jobs  # noqa: E402 - Django has to be set up before its models are imported
from tests import build  # noqa: E402 - see above


def main(step: str, lines: int = 0) -> None:
    """Run one step and print what came out as one JSON line."""
    jobs.CHUNK_LINES = 20
    if step == "begin":
        publication = build.publication(categories=[build.category("llm")])
        text = "email,status\n" + "".join(
            f"r{n}@example.org,{('active', 'unsubscribed')[n % 2]}\n" for n in range(lines)
        )
        row = Import(publication=publication, name="readers.csv", consent="x")
        jobs.start_import(row, io.BytesIO(text.encode()))
        jobs.run_due_imports()
        jobs.confirm_import(row)
    elif step == "import":
        print(json.dumps("ready"), flush=True)  # noqa: T201 - what the test waits for
        jobs.run_due_imports(seconds=600)
    row = Import.objects.get()
    found = {"state": row.state, "done": row.done, "counts": row.counts, "rows": Subscription.objects.count()}
    found["active"] = Subscription.objects.filter(state="active").count()
    print(json.dumps(found))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
