"""What each kind of page costs when it is rendered: for `bench.py`, on the database that DATABASE_URL names."""

import gzip
import json
import os
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrative.settings")


def measure_pages():
    client, addresses = site()
    for path in addresses:
        client.get(path)
        times = []
        for _ in range(5):
            began = time.process_time()
            client.get(path)
            times.append(time.process_time() - began)
        with Asked() as asked:
            body = client.get(path).content
        print(
            f"{path[:70]:70} {asked.count:3} queries {1000 * min(times):6.1f} ms"
            f" {len(body):8} {len(gzip.compress(body)):7}"
        )


def site():
    """(a client, one address of each kind of page)."""
    import django

    django.setup()
    import logging

    from django.apps import apps
    from django.test import Client

    logging.disable(logging.ERROR)
    from integrative.records import record_models
    from therapies.models import Evidence

    found = ["/", "/conditions/", "/therapies/", "/evidence/", "/evidence/?level=mixed", "/approaches/", "/compare/",
             "/compare/approaches/", "/faq/", "/articles/", "/locations/", "/sources/", "/glossary/"]  # fmt: skip
    best = Evidence.objects.published().order_by("pk")[0]
    condition, therapy = best.condition_id, best.therapy_id
    other = apps.get_model("therapies", "Therapy").objects.published().exclude(pk=therapy).order_by("pk")[0].pk
    pair = "/".join(sorted((therapy, other)))
    found += [f"/therapies/?condition={condition}", f"/therapies/?condition={condition}&level=mixed",
              "/therapies/?level=may-help",
              "/therapies/?kind=hands-on", f"/compare/for/{condition}/", f"/compare/therapies/{pair}/",
              f"/compare/therapies/{pair}/?condition={condition}",
              best.get_absolute_url().partition("#")[0], "/visit-sheet/",
              f"/visit-sheet/?condition={condition}&therapy={therapy}"]  # fmt: skip
    busiest = {"conditions": condition, "therapies": therapy, "sources": best.sources.order_by("pk")[0].pk}
    for model in record_models():
        record = (
            model.objects.published()
            .filter(**({"pk": busiest[model.folder]} if model.folder in busiest else {}))
            .first()
        )
        if record and model.folder not in ("terms", "evidence", "offerings"):
            found.append(record.get_absolute_url())
    return Client(headers={"host": "localhost"}), [
        *dict.fromkeys(found),
        "/sitemap.xml",
        "/sitemap-therapies.xml",
        "/no-such-page/",
    ]


class Asked:
    """Counts and times the queries of a block: `count`, `seconds`."""

    def __enter__(self):
        from django.db import connection

        self.count, self.seconds = 0, 0.0
        self.wrapper = connection.execute_wrapper(self.asked)
        self.wrapper.__enter__()
        return self

    def asked(self, execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count, self.seconds = self.count + 1, self.seconds + time.perf_counter() - began

    def __exit__(self, *error):
        self.wrapper.__exit__(*error)


def measure_scale():
    client, addresses = site()
    found = {}
    for path in addresses:
        best = (0, 9.0)
        for _ in range(3 if "sitemap" not in path else 1):
            with Asked() as asked:
                client.get(path)
            best = min(best, (asked.count, asked.seconds), key=lambda pair: pair[1])
        found[re.sub(r"[a-z]+-\d{6}", "…", path)] = best
    print(json.dumps(found))


if __name__ == "__main__":
    measure_scale() if sys.argv[1:] == ["scale"] else measure_pages()
