import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from django.core.management.base import BaseCommand
from django.test import override_settings

from integrative.search import index, query
from integrative.search.entries import Entry
from integrative.search.words import words

from .search_score import read


def made_up(real, count, seed=1):
    """The real entries, and as many more of shuffled words of theirs as it takes to be `count`."""
    yield from real
    chance = random.Random(seed)
    vocabulary = [word.typed for entry in real for word in words(entry.text)]
    subjects = [entry for entry in real if entry.subject]
    for i in range(count - len(real)):
        text = " ".join(chance.choices(vocabulary, k=120))
        about = tuple(entry.file for entry in chance.sample(subjects, 2))
        title = " ".join(chance.choices(vocabulary, k=5))
        yield Entry("faq", f"faq/made-up-{i}", title, f"/faq/made-up-{i}/", summary=text[:150], text=text, about=about)


def timed(do, cases):
    """(median, 99th percentile) in milliseconds of doing something for every case."""
    times = []
    for case in cases:
        start = time.perf_counter()
        do(case)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


class Command(BaseCommand):
    help = "How long searches, suggestions and the index take, at several sizes."

    def add_arguments(self, parser):
        parser.add_argument("sizes", nargs="*", type=int, default=[0, 1000, 100_000], help="0 is the shipped size")
        parser.add_argument("--queries", default="tests/search_queries.txt")

    def handle(self, sizes, queries, **options):
        asked = [words for words, _, _ in read(queries)]
        begun = [text[:length] for text in asked for length in (3, 6, 10)]
        real = list(index.all_entries())
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder, override_settings(VAR_DIR=folder):
                self.measure(list(made_up(real, size)) if size else real, asked, begun)

    def measure(self, entries, asked, begun):
        start = time.perf_counter()
        index.build("bench", entries)
        built = time.perf_counter() - start
        mb = os.path.getsize(Path(index.place())) / 1e6
        changed = [*entries[:-1], Entry(entries[-1].kind, entries[-1].file, "Changed", "/")]
        start = time.perf_counter()
        index.update("bench 2", changed)
        updated = time.perf_counter() - start
        with index.opened() as db:

            def search(text):
                answer = query.ask(db, text)
                query.hits(db, answer, answer.ids()[:20])

            searched, suggested = timed(search, asked), timed(lambda text: query.suggest(db, text), begun)
        self.stdout.write(
            f"{len(entries):7} entries   search p50 {searched[0]:.1f} ms p99 {searched[1]:.1f} ms   "
            f"suggest p50 {suggested[0]:.1f} ms p99 {suggested[1]:.1f} ms   "
            f"build {built:.2f} s   update of one {updated:.2f} s   file {mb:.1f} MB"
        )
