import sys
from collections import Counter
from pathlib import Path
from statistics import median

from django.conf import settings
from django.core.management.base import BaseCommand

from integrative.folder import read_files
from integrative.linter import lint, names_in
from integrative.records import model_of

WORST = 10


class Command(BaseCommand):
    help = "Read content as an editor would: errors fail, warnings advise, figures tell. Needs no database."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", default=settings.CONTENT_DIR, metavar="PATH")
        parser.add_argument("--figures", action="store_true", help="add counts and reading grades, hardest first")

    def handle(self, path, figures, verbosity, **options):
        root, below = content_root(Path(path))
        files, problems = read_files(root)
        site, found = names_in(files), []
        for folder, documents in files.items():
            for place, document in documents.items():
                file = f"{folder}/{place}.md"
                if document and file.startswith(below):
                    found += [(file, finding) for finding in lint(model_of(folder), document, place, site)]
        problems = [problem for problem in problems if problem.file.startswith(below)]
        for problem in problems:
            self.stdout.write(f"{problem.file}:{problem.line}: error: {problem.message}")
        shown = ("error", "warning") if verbosity else ("error",)
        for file, finding in found:
            if finding.kind in shown:
                self.stdout.write(f"{file}:{finding.line}: {finding.kind}: {finding.message}")
        if figures:
            self.figures(files, [(file, finding) for file, finding in found if finding.kind == "figure"])
        counts = Counter(finding.kind for _, finding in found)
        errors = counts["error"] + len(problems)
        read = sum(f"{folder}/{place}.md".startswith(below) for folder, found in files.items() for place in found)
        self.stdout.write(f"Checked {read} files: {errors} errors, {counts['warning']} warnings.")
        if errors:
            sys.exit(1)

    def figures(self, files, found):
        """Published files of each kind, then reading grades: the hardest, and the middle one of each kind."""
        self.stdout.write("Published records:")
        for folder, documents in files.items():
            count = sum(bool(d) and d.values.get("status") == "published" for d in documents.values())
            self.stdout.write(f"    {count:4}  {folder}")
        if not found:
            return
        self.stdout.write("Reading grade without medical names (with them), hardest first:")
        for file, finding in sorted(found, key=lambda pair: -pair[1].plain)[:WORST]:
            self.stdout.write(f"    {finding.plain:4.1f} ({finding.grade:4.1f})  {file}")
        kinds = {}
        for file, finding in found:
            kinds.setdefault(file.partition("/")[0], []).append(finding)
        self.stdout.write("Median reading grade:")
        for name, group in [*sorted(kinds.items()), ("all", [finding for _, finding in found])]:
            middle, whole = median(f.plain for f in group), median(f.grade for f in group)
            self.stdout.write(f"    {middle:4.1f} ({whole:4.1f})  {name}, {len(group)} texts")


def content_root(path):
    """(content folder, start of the names of the files to report) for a content folder, one of its folders or files."""
    parts = path.resolve().parts
    for depth, part in enumerate(parts):
        if model_of(part) and (len(parts) > depth + 1 or path.is_dir()) and depth:
            name = "/".join(parts[depth:])
            return Path(*parts[:depth]), name if path.is_file() else name + "/"
    return path, ""
