import fnmatch
from pathlib import Path

from django.core.management.base import BaseCommand

from integrative.search import index, query

DEEPEST = 5


def read(place):
    """[(query, [patterns of content files that should stand first], held out or not)] from the test set."""
    cases = []
    for line in Path(place).read_text(encoding="utf-8").splitlines():
        if "=>" in line and not line.startswith("#"):
            words, _, wanted = line.partition("=>")
            cases.append(
                (words.removeprefix("- ").strip(), [w.strip() for w in wanted.split("|")], line.startswith("- "))
            )
    return cases


def place_of(db, words, wanted):
    """(the place, from 1, of the first wanted result or 0 if it is not among the first five, those results)."""
    answer = query.ask(db, words)
    hits = query.hits(db, answer, answer.ids()[:DEEPEST])
    files = [f"{hit.file}#{hit.part}" if hit.part else hit.file for hit in hits]
    places = [i for i, file in enumerate(files, 1) if any(fnmatch.fnmatchcase(file, w) for w in wanted)]
    return (places[0] if places else 0), files


class Command(BaseCommand):
    help = "How often the right page stands first, by the queries of a file: MRR@5 and success@1."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", default="tests/search_queries.txt")
        parser.add_argument("--misses", action="store_true", help="list the queries, not held out, that miss")
        parser.add_argument("--held-out", action="store_true", help="list the held-out queries that miss")

    def handle(self, file, misses, held_out, **options):
        cases = read(file)
        places = {True: [], False: []}
        with index.reader() as db:
            for words, wanted, held in cases:
                place, files = place_of(db, words, wanted)
                places[held].append(place)
                if place != 1 and (held_out if held else misses):
                    self.stdout.write(f"{place} {words!r}: wanted {', '.join(wanted)}; found {', '.join(files)}")
        for told, found in (("tuned on", places[False]), ("held out", places[True]), ("all", sum(places.values(), []))):
            mrr = sum(1 / place for place in found if place) / len(found)
            first = sum(place == 1 for place in found) / len(found)
            self.stdout.write(f"{told:9} {len(found):4} queries   MRR@5 {mrr:.3f}   success@1 {first:.3f}")
