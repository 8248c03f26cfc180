"""Giving a record another address. The path is the primary key, so a record moves by a new row: everything that names
the old one is made to name the new one, the old one is retired, and its address leads on for good."""

import re

from django.db import transaction

from .documents import Document
from .publishing import Refused, baseline, lock, log, noted, take_down, write
from .readiness import blank
from .records import SLUG, Record, Status, record_models
from .rendering import links, target
from .revisions import WORKING, Moved, Revision, State

OPEN = (*WORKING, State.SCHEDULED)


@transaction.atomic
def rename(record, user, slug, note):
    """Move a record to another slug, with its findings, offerings, history and drafts; returns the new record.

    Refused for a kind whose address follows from what it joins, for a page that templates name, and for a taken slug.
    """
    record, note = lock(record), noted(note)
    if record.from_path(record.pk):
        raise Refused("Its address follows from the records it joins. Rename those.")
    if record.pk in record.fixed:
        raise Refused("The site itself leads to this page by its address, so it stays.")
    if not SLUG.fullmatch(slug) or type(record).objects.filter(pk=slug).exists():
        raise Refused("Choose an address of lower-case letters, digits and single hyphens that nothing else has.")
    if not record.is_published:
        raise Refused("Only a published page has an address that readers know.")
    moves = _moves(record, slug)
    before = {old: baseline(old) for old, _ in moves}
    created = [_copy(old, new, moves, user, note) for old, new in moves]
    _rewrite_others(moves, user, record)
    for old, _ in reversed(moves):
        retired = Revision.objects.create(
            folder=old.folder, path=old.pk, values=before[old].values, digest=before[old].digest, author=user,
            note=note, state=State.SUPERSEDED,
        )  # fmt: skip
        take_down(old, retired, user) if old.is_published else _retire(old, retired)
    return created[0]


def _retire(record, revision):
    words = Document(record.shape(), record.document().values | {"status": Status.RETIRED.value})
    write(record, revision, words)


def _moves(record, slug):
    """[(row, its new path)]: the record first, then the records whose path names it."""
    moves = [(record, slug)]
    for relation in record._meta.related_objects:
        child = relation.related_model
        if relation.many_to_many or not issubclass(child, Record) or relation.field.name == "path":
            continue
        for row in child.objects.filter(**{relation.field.name: record}).exclude(status=Status.RETIRED):
            moves.append((row, _path_with(row, relation.field.name, record.pk, slug)))
    return moves


def _path_with(row, name, old, new):
    """A path that stands for the same parents but one."""
    wanted = row.from_path(row.pk) | {name: new}
    parts = re.split(r"([/.])", row.pk)
    for place, part in enumerate(parts):
        path = "".join([*parts[:place], new, *parts[place + 1 :]])
        if part == old and row.from_path(path) == wanted:
            return path
    raise Refused(f"{row.file} cannot follow to the new address.")


def _copy(old, path, moves, user, note):
    """Write a row at its new place, take its history there, and let the old address lead on."""
    document = _renamed(old, old.document(), moves)
    new = blank(type(old), path)
    was = old.get_absolute_url().partition("#")[0]
    Revision.objects.of(old).update(path=path)
    _follow(new, old.document().digest(), document, moves)
    made = Revision.objects.create(
        folder=new.folder, path=path, values=document.values, digest=document.digest(), author=user, note=note,
        state=State.SUPERSEDED,
    )  # fmt: skip
    new._state.adding = True
    write(new, made, document)
    log(made, f"moved here from {old.pk}", user, note)
    Moved.objects.filter(folder=old.folder, path=old.pk).update(path=path)
    if new.get_absolute_url().partition("#")[0] != was:
        Moved.objects.update_or_create(old=was, defaults={"folder": new.folder, "path": path})
    return type(old).objects.get(pk=path)


def _rewrite_others(moves, user, record):
    moved = {(old.folder, path) for old, path in moves} | {(old.folder, old.pk) for old, _ in moves}
    for model in record_models():
        for other in model.objects.exclude(status=Status.RETIRED):
            document = other.document()
            renamed = _renamed(other, document, moves)
            if (other.folder, other.pk) in moved or renamed == document:
                continue
            baseline(other)
            _follow(other, document.digest(), renamed, moves)
            made = Revision.objects.create(
                folder=other.folder, path=other.pk, values=renamed.values, digest=renamed.digest(), author=user,
                state=State.SUPERSEDED,
            )  # fmt: skip
            write(other, made, renamed)
            log(made, f"followed the new address of {record}", user)


def _follow(record, old_digest, document, moves):
    """Let the open drafts of a record name the new address, and rest on the page as it is now."""
    for draft in Revision.objects.of(record).filter(state__in=OPEN, retires=False):
        renamed = _renamed(record, draft.document, moves)
        draft.values, draft.digest = renamed.values, renamed.digest()
        if draft.base_digest == old_digest:
            draft.base_digest = document.digest()
        draft.save(update_fields=["values", "digest", "base_digest"])


def _renamed(record, document, moves):
    """A document with the new paths in its lists, links and citations."""
    values = dict(document.values)
    for old, new in moves:
        for field in record._meta.many_to_many:
            if field.related_model is type(old) and old.pk in values.get(field.name, []):
                values[field.name] = sorted({new if key == old.pk else key for key in values[field.name]})
        for name in record.text_names():
            if name in values:
                values[name] = _text(values[name], record.file, old, new)
    return Document(document.shape, values)


def _text(text, file, old, new):
    for href in set(links(text)):
        if target(href, file) == (old.folder, old.pk):
            place, mark, anchor = href.partition("#")
            text = text.replace(f"({href}", f"({place[: -len(old.pk) - 3]}{new}.md{mark}{anchor}")
    if old.folder == "sources":
        text = re.sub(rf"(?<=@){re.escape(old.pk)}(?=\]|;)", new, text)
    return text
