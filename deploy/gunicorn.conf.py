"""gunicorn for readers: threads, and a waiting room for slow clients. Nothing here tells who reads what."""

import ctypes
import gc
import logging
import os
import re
import select

from gunicorn.glogging import Logger

workers = int(os.environ.get("WEB_CONCURRENCY", 2))
worker_class = "integrative.patience.PatientWorker" if hasattr(select, "epoll") else "gthread"
threads = int(os.environ.get("WEB_THREADS", 8))
keepalive = 5
timeout = 30
graceful_timeout = 20
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
control_socket_disable = True
# The code is loaded once and shared by the workers, so new code needs a restart: a reload (HUP) would keep the old.
preload_app = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # nosec B108
# A page's address names a condition, so there is no access log unless the operator asks for one, and then it holds the
# path only: no query string, no referrer, no client address.
accesslog = os.environ.get("ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(L)s'

# Compressing takes buffers of megabytes. glibc cuts them out of a heap for each thread, and keeps them. So: few heaps
# (M_ARENA_MAX), and large buffers on pages of their own (M_MMAP_THRESHOLD), which go back when they are let go.
if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
    mallopt(-8, 2)
    mallopt(-3, 131_072)


def when_ready(server):
    """Leave what was loaded out of garbage collection: looking at it would unshare it, and it stays for good."""
    gc.collect()
    gc.freeze()


def discreet(record):
    """Take client addresses, query strings and what a client sent in a broken request out of a log line."""
    line = record.getMessage()
    line = re.sub(r"(Invalid request) from ip=.*", r"\1", line, flags=re.S)
    record.msg, record.args = re.sub(r"(Error handling request \S+ [^\s?]*)\?\S*", r"\1", line), ()
    if line.startswith("Invalid request"):
        record.exc_info = None
    return True


class DiscreetLogger(Logger):
    def setup(self, cfg):
        super().setup(cfg)
        logging.getLogger("gunicorn.error").addFilter(discreet)


logger_class = DiscreetLogger
