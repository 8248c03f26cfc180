"""A folder of content files: which there are, what they say, and how one is written."""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .documents import DocumentError, decode, parse
from .records import record_models


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one file, as `file:line: message`."""

    file: str
    line: int
    message: str

    def __str__(self):
        name = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in self.file)
        return f"{name}:{self.line}: {self.message}"


def read_files(root):
    """({folder: {path: Document, or None where the file has problems}}, Problems) from a content folder."""
    problems, models = [], {model.folder: model for model in record_models()}
    files = list_files(root, problems)
    found = {
        folder: {path: read_file(models[folder], root, path, problems) for path in paths}
        for folder, paths in files.items()
    }
    return found, problems


def list_files(root, problems):
    """{folder: [paths of its files]} of a content folder; whatever does not belong there is added to `problems`."""
    found, folders = {}, [model.folder for model in record_models()]
    try:
        if not root.is_dir():
            problems.append(Problem(str(root), 1, "there is no such folder"))
            return found
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(Problem(str(root), 1, f"the folder cannot be read: {error.strerror}"))
        return found
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            problems.append(Problem(entry.name, 1, "links are not followed: put the file itself here"))
        elif not entry.is_dir():
            problems.append(Problem(entry.name, 1, f"put files in one of the folders {', '.join(folders)}"))
        elif entry.name not in folders:
            problems.append(
                Problem(entry.name, 1, f"no kind of record lies in a folder of this name; known: {', '.join(folders)}")
            )
        else:
            found[entry.name] = list(_files(Path(entry.path), entry.name, problems))
    return found


def _files(folder, name, problems):
    """The path of every Markdown file below a folder; whatever else lies there is a Problem."""

    def unreadable(error):
        file = str(Path(name) / Path(error.filename).relative_to(folder))
        problems.append(Problem(file, 1, f"the folder cannot be read: {error.strerror}"))

    for place, folders, files in os.walk(folder, onerror=unreadable):
        folders.sort()
        here = Path(place).relative_to(folder)
        for sub in list(folders):
            file = str(Path(name) / here / sub)
            if (Path(place) / sub).is_symlink():
                problems.append(Problem(file, 1, "links are not followed: put the file itself here"))
                folders.remove(sub)
            elif sub.endswith(".md"):
                problems.append(Problem(file, 1, "this is a folder, not a file"))
                folders.remove(sub)
        for item in sorted(files):
            file = str(Path(name) / here / item)
            if item.startswith("."):
                continue
            if (Path(place) / item).is_symlink():
                problems.append(Problem(file, 1, "links are not followed: put the file itself here"))
            elif not item.endswith(".md"):
                problems.append(Problem(file, 1, "only .md files belong here"))
            else:
                yield str(here / item)[:-3]


def read_file(model, root, path, problems):
    file = f"{model.folder}/{path}.md"
    place = root / file
    try:
        model.from_path(path)
        if len(path) > model._meta.pk.max_length:
            raise ValueError(f"the name is longer than {model._meta.pk.max_length} letters")
        if not stat.S_ISREG(place.lstat().st_mode):
            raise ValueError("this is not a file")
        return parse(decode(place.read_bytes()), model.shape())
    except DocumentError as error:
        problems.extend(Problem(file, line, message) for line, message in error.problems)
    except ValueError as error:
        problems.append(Problem(file, 1, str(error)))
    except OSError as error:
        problems.append(Problem(file, 1, f"the file cannot be read: {error.strerror}"))
    return None


def write_file(place, text):
    """Put a text in a file so that a reader, or a crash, sees the old file or the new one and nothing between."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, place)
    except BaseException:
        os.unlink(temporary)
        raise
