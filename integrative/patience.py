"""A gunicorn worker that slow clients cannot hold up.

A thread takes a connection only when its request has arrived. Until then one waiting room holds all that are slow, with
a limit of time, so that a few hundred clients which send a byte now and then cost no thread. What is too long to wait
for in the kernel's hands, such as a table that staff send in, may hold a quarter of the threads at once and each for a
limited time. (nginx does the same where it stands in front; here it holds without it.)
"""

import errno
import re
import select
import socket
import threading
import time

from gunicorn.util import write_error
from gunicorn.workers.gthread import ThreadWorker

LONGEST_WAIT = 10
LONGEST_READ = 30
LONGEST_FAREWELL = 2
# What the kernel surely holds for us.
ENOUGH = 32_768
# No form takes more.
LARGEST = 3_000_000
PARKED = object()
NOT_YET, HERE, LONG, GONE = "not yet", "here", "long", "gone"
NO_LENGTH, TOO_LARGE, LONG_HEAD = (
    (411, "Length Required"),
    (413, "Content Too Large"),
    (431, "Request Header Fields Too Large"),
)


class PatientWorker(ThreadWorker):
    def init_process(self):
        self.room = WaitingRoom(self)
        self.long_ones = threading.Semaphore(max(1, self.cfg.threads // 4))
        super().init_process()

    def handle(self, conn):
        state = arrival(conn)
        if state is HERE:
            return super().handle(conn)
        if state is LONG and self.long_ones.acquire(blocking=False):
            try:
                return self.handle_long(conn)
            finally:
                self.long_ones.release()
        if state in (NOT_YET, LONG):
            return PARKED
        write_error(conn.sock, *state, "")
        return False

    def handle_long(self, conn):
        """Read a body as it comes, but neither for ever nor in part: half a form must not pass for a whole one."""
        conn.init()
        unreader, until = conn.parser.unreader, time.monotonic() + LONGEST_READ

        def chunk(size_hint=None):
            conn.sock.settimeout(max(0.01, until - time.monotonic()))
            try:
                part = type(unreader).chunk(unreader, size_hint)
            except TimeoutError:
                part = b""
            conn.sock.setblocking(True)
            if not part:
                raise ConnectionResetError(errno.ECONNRESET, "The body did not come to its end.")
            return part

        unreader.chunk = chunk
        try:
            return super().handle(conn)
        finally:
            del unreader.chunk

    def finish_request(self, conn, fs):
        result = False if fs.cancelled() or fs.exception() else fs.result()
        if result is PARKED:
            self.room.take(conn)
            return
        self.room.forget(conn)
        if result:
            super().finish_request(conn, fs)
        else:
            # gunicorn would wait here for the client to close, up to two seconds, and look after nobody else meanwhile.
            self.room.see_off(conn)

    def give_up(self, conn):
        self.room.forget(conn)
        self.nr_conns -= 1
        conn.close()


class WaitingRoom:
    """Connections whose request is not here yet; one thread of its own, started with the first, looks after them."""

    def __init__(self, worker):
        self.worker, self.waiting, self.until, self.lock, self.events = worker, {}, {}, threading.Lock(), None

    def take(self, conn):
        """Keep a connection until its request is here; however often it comes back, its time runs from the first."""
        self.keep(conn, self.until.setdefault(conn, time.monotonic() + LONGEST_WAIT), arrival)

    def see_off(self, conn):
        """Close a connection once the client has, so that the end of an answer is not lost; wait a little for that."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.worker.give_up(conn)
        else:
            self.keep(conn, time.monotonic() + LONGEST_FAREWELL, farewell)

    def keep(self, conn, until, how):
        with self.lock:
            if self.events is None:
                self.events = select.epoll()
                threading.Thread(target=self.watch, daemon=True).start()
            self.waiting[conn.sock.fileno()] = (conn, until, how)
            self.events.register(conn.sock, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)

    def forget(self, conn):
        with self.lock:
            self.until.pop(conn, None)

    def watch(self):
        long_ones = set()
        while True:
            for number, event in self.events.poll(1):
                conn, _, how = self.waiting[number]
                state = how(conn)
                if state is LONG:
                    long_ones.add(number)
                elif state is GONE:
                    self.let_go(number, self.worker.give_up)
                elif state is not NOT_YET:
                    self.let_go(number, self.worker.enqueue_req)
                elif event & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
                    self.let_go(number, self.worker.give_up)
            now = time.monotonic()
            for number in [number for number, (_, until, _) in list(self.waiting.items()) if until < now]:
                self.let_go(number, self.worker.give_up)
            long_ones &= self.waiting.keys()
            if long_ones and self.worker.long_ones.acquire(blocking=False):
                self.worker.long_ones.release()
                self.let_go(long_ones.pop(), self.worker.enqueue_req)

    def let_go(self, number, what):
        with self.lock:
            conn, *_ = self.waiting.pop(number)
            self.events.unregister(number)
        self.worker.method_queue.defer(what, conn)


def arrival(conn):
    """How far the next request on a connection has come, without waiting for the client or taking anything from it.

    HERE where a thread can read it at once, LONG where it must be read as it comes, NOT_YET where there is too little
    to tell, or else why it is refused, as (status, reason).
    """
    held = conn.parser.unreader.buf.getvalue() if conn.initialized else b""
    try:
        sent = conn.sock.recv(ENOUGH, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        if not sent:
            return HERE
    except BlockingIOError:
        sent = b""
    except OSError:
        return HERE
    sent = (held + sent).lstrip(b"\r\n")
    head, whole, body = sent.partition(b"\r\n\r\n")
    if not whole:
        return NOT_YET if len(sent) < ENOUGH else LONG_HEAD
    if re.search(rb"\r\ntransfer-encoding[ \t]*:", head, re.I):
        return NO_LENGTH
    length = re.search(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r\n|\Z)", head, re.I)
    if not length or len(body) >= (wanted := int(length[1][:20])):
        return HERE
    if wanted > LARGEST:
        return TOO_LARGE
    asks_first = re.search(rb"\r\nexpect[ \t]*:", head, re.I)
    return LONG if asks_first or len(sent) >= ENOUGH else NOT_YET


def farewell(conn):
    """GONE once a client that was answered has closed its end, or goes on sending what nobody will read."""
    try:
        for _ in range(8):
            if not conn.sock.recv(8192, socket.MSG_DONTWAIT):
                return GONE
    except BlockingIOError:
        return NOT_YET
    except OSError:
        pass
    return GONE
