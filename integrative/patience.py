"""A gunicorn worker that slow clients cannot hold up.

A thread takes a connection only when its request has arrived. Until then one waiting room holds all that are slow, with
a limit of time, so that a few hundred clients which send a byte now and then cost no thread. (nginx does the same where
it stands in front; here it holds without it.)
"""

import re
import select
import socket
import threading
import time

from gunicorn.workers.gthread import ThreadWorker

LONGEST_WAIT = 10
# What the kernel surely holds for us: a larger request is read as it comes.
ENOUGH = 32_768
PARKED = object()


class PatientWorker(ThreadWorker):
    def init_process(self):
        self.room = WaitingRoom(self)
        super().init_process()

    def handle(self, conn):
        begun = conn.initialized and conn.parser.unreader.buf.getvalue()
        if begun or has_arrived(conn.sock):
            return super().handle(conn)
        return PARKED

    def finish_request(self, conn, fs):
        if not fs.cancelled() and not fs.exception() and fs.result() is PARKED:
            self.room.take(conn)
        else:
            super().finish_request(conn, fs)

    def give_up(self, conn):
        self.nr_conns -= 1
        conn.close()


class WaitingRoom:
    """Connections whose request is not here yet; one thread of its own, started with the first, looks after them."""

    def __init__(self, worker):
        self.worker, self.waiting, self.lock, self.events = worker, {}, threading.Lock(), None

    def take(self, conn):
        with self.lock:
            if self.events is None:
                self.events = select.epoll()
                threading.Thread(target=self.watch, daemon=True).start()
            self.waiting[conn.sock.fileno()] = (conn, time.monotonic() + LONGEST_WAIT)
            self.events.register(conn.sock, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)

    def watch(self):
        while True:
            for number, event in self.events.poll(1):
                conn, _ = self.waiting[number]
                if has_arrived(conn.sock):
                    self.let_go(number, self.worker.enqueue_req)
                elif event & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
                    self.let_go(number, self.worker.give_up)
            now = time.monotonic()
            for number in [number for number, (_, until) in list(self.waiting.items()) if until < now]:
                self.let_go(number, self.worker.give_up)

    def let_go(self, number, what):
        with self.lock:
            conn, _ = self.waiting.pop(number)
            self.events.unregister(number)
        self.worker.method_queue.defer(what, conn)


def has_arrived(sock):
    """Whether a thread can read the request that is coming in without waiting for the client."""
    try:
        sent = sock.recv(ENOUGH, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    head, whole, body = sent.partition(b"\r\n\r\n")
    if not whole:
        return not sent or len(sent) >= ENOUGH
    length = re.search(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?:\r\n|\Z)", head, re.I)
    asks_first = re.search(rb"\r\nexpect:", head, re.I)
    return not length or asks_first or len(body) >= int(length[1]) or len(sent) >= ENOUGH
