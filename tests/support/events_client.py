"""Reads server-sent events (WHATWG HTML section 9.2.6) with Python's standard library alone."""

import http.client
import json
import time

from node import WAIT_S

HEARTBEAT_S = 15  # a comment, so a quiet stream does not time out


class Event:
    def __init__(self, name, event_id, data):
        self.name, self.id, self.data = name, event_id, data

    @property
    def number(self):
        return int(self.id.rpartition("-")[2])

    def __repr__(self):
        return f"{self.name} {self.id} {self.data}"


class Events:
    """An open stream of events, until close(). Iterating yields events, and ends where none comes for WAIT_S; their
    data is parsed as JSON."""

    def __init__(self, port, last_id=None, path="/v1/events", headers=None, timeout=WAIT_S):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.request("GET", path, headers=({"Last-Event-ID": last_id} if last_id else {}) | (headers or {}))
        self.answer = self.connection.getresponse()
        self.last_id, self.comments, self.retry_ms = "", 0, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()
        self.answer.close()

    def begin(self):
        """Reads the first event, which sets the id; returns self."""
        while not self.last_id:
            self._line()
            if self.comments > WAIT_S / HEARTBEAT_S:
                raise EOFError(f"no event in {WAIT_S} s")
        return self

    def _line(self):
        line = self.answer.readline()
        if not line:
            raise EOFError("the stream has ended")
        field, _, value = line.decode().rstrip("\n").partition(":")
        value = value.removeprefix(" ")
        if line.startswith(b":"):
            self.comments += 1
        elif field == "id":
            self.last_id = value
        elif field == "retry":
            self.retry_ms = int(value)
        return (field, value) if line.strip() else None

    def __iter__(self):
        return self

    def __next__(self):
        name, data = "message", []
        most_comments = self.comments + WAIT_S / HEARTBEAT_S
        while True:
            try:
                line = self._line()
            except EOFError:
                raise StopIteration from None
            if line is None:
                if self.comments > most_comments:
                    raise StopIteration
                if data:
                    return Event(name, self.last_id, json.loads("\n".join(data)))
                name = "message"
            elif line[0] == "event":
                name = line[1]
            elif line[0] == "data":
                data.append(line[1])

    def until(self, name, **members):
        """The first event of that name whose data has these members, and all events up to it."""
        seen, end = [], time.monotonic() + WAIT_S
        for event in self:
            seen.append(event)
            if event.name == name and members.items() <= event.data.items():
                return event, seen
            if time.monotonic() > end:
                break
        raise EOFError(f"the stream ended, or {WAIT_S} s passed, before {name} {members}: {seen[-5:]}")
