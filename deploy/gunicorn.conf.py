"""gunicorn for readers: threads, so a slow client holds a thread, not a worker. Nothing here tells who reads what."""

import gc
import os

workers = int(os.environ.get("WEB_CONCURRENCY", 2))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", 8))
keepalive = 5
timeout = 30
control_socket_disable = True
# The code is loaded once and shared by the workers, so new code needs a restart: a reload (HUP) would keep the old.
preload_app = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# A page's address names a condition, so there is no access log unless the operator asks for one, and then it holds the
# path only: no query string, no referrer, no client address.
accesslog = os.environ.get("ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(L)s'


def when_ready(server):
    """Leave what was loaded out of garbage collection: looking at it would unshare it, and it stays for good."""
    gc.collect()
    gc.freeze()
