"""Readers in four processes against one editor: `python -m tests.staleness EDITS` prints what they saw as JSON.

Before each request a reader notes the last edit that had been committed; a page that shows an older one is stale.
Every tenth edit is rolled back and must never be seen. The parent has used its database before it forks.
"""

import json
import multiprocessing
import os
import re
import sys
import threading

import django

PROCESSES, THREADS = 4, 2
HOST = "localhost"
ROLLED_BACK = 900_000


def environ(path):
    """A reader's request as a server would hand it over."""
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": HOST, "SERVER_NAME": HOST,
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr,
    }  # fmt: skip


def shown(application):
    """The number that the page shows now."""
    body = b"".join(application(environ("/counter/"), lambda status, headers: None))
    return int(re.search(rb"edit number (\d+)", body)[1])


def reader(application, committed, over, results):
    """Read until the editor is done; report (reads, stale reads, rolled-back edits seen, renders)."""
    totals, lock, renders = [0, 0, 0], threading.Lock(), [0]
    inner = application.app

    def counted(environ, start_response):
        renders[0] += 1
        return inner(environ, start_response)

    application.app = counted

    def read():
        while not over.is_set():
            before = committed.value
            number = shown(application)
            with lock:
                totals[0] += 1
                totals[1] += number < before
                totals[2] += number >= ROLLED_BACK

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put([*totals, renders[0]])


def edit(number):
    """One edit, by one of the ways there are."""
    from django.db import connection, transaction

    from integrative.models import Page

    words = f"edit number {number}"
    way = number % 5
    if way == 0:
        with transaction.atomic():
            Page.objects.filter(pk="counter").update(body=f"edit number {ROLLED_BACK + number}")
            transaction.set_rollback(True)
    if way in (0, 1):
        Page.objects.filter(pk="counter").update(body=words)
    elif way == 2:
        page = Page.objects.get(pk="counter")
        page.body = words
        page.save()
    elif way == 3:
        page = Page.objects.get(pk="counter")
        page.body = words
        Page.objects.bulk_update([page], ["body"])
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE integrative_page SET body = %s WHERE path = 'counter'", [words])


def main(edits):
    from django.conf import settings
    from django.db import connections

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

    from integrative.models import Page
    from integrative.wsgi import application

    values = {"title": "Counter", "body": "edit number 0", "status": "published", "checked_on": "2026-01-31"}
    Page.objects.update_or_create(pk="counter", defaults=values)
    # A server's first process forks before it has threads; so does this one.
    application.helper.wake = lambda: None
    assert shown(application) == 0
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    committed, over, results = fork.Value("q", 0), fork.Event(), fork.SimpleQueue()
    readers = [fork.Process(target=reader, args=(application, committed, over, results)) for _ in range(PROCESSES)]
    for process in readers:
        process.start()
    for number in range(1, edits + 1):
        edit(number)
        committed.value = number
    over.set()
    found = [results.get() for _ in readers]
    for process in readers:
        process.join()
    reads, stale, rolled_back, renders = map(sum, zip(*found, strict=True))
    print(json.dumps({"edits": edits, "processes": PROCESSES, "reads": reads, "renders": renders, "stale": stale,
                      "rolled_back_seen": rolled_back}))  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrative.settings")
    django.setup()
    main(int(sys.argv[1]))
