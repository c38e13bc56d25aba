"""The client's own account of what it sent and what was acknowledged, in memory and in a file, and the comparison with a read."""

import hashlib
import json
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One trace or observation as it must read, with the digest of its input."""

    kind: str
    id: str
    trace_id: str
    input: str


def digest(value):
    """Returns the digest of a payload, the same for a value and for its stored JSON text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Request:
    """One request: its rows are there together or not at all. `outputs` are updates of earlier observations, id → digest."""

    def __init__(self, rows=(), outputs=None):
        self.rows = tuple(rows)
        self.outputs = outputs or {}
        self.acknowledged = False


class Ledger:
    """All requests by round; the file gets one line when a request is sent and one when it is acknowledged."""

    def __init__(self, path):
        self._file = path.open("w", buffering=1)
        self._lock = threading.Lock()
        self._requests = {}
        self._refusals = {}

    def close(self):
        """Closes the file."""
        self._file.close()

    def complain(self, name, refusal):
        """Keeps an answer that a writer did not expect, for the round's complaints."""
        with self._lock:
            self._refusals.setdefault(name, []).append(refusal)

    def sent(self, name, request):
        """Writes a request down, before its first byte leaves."""
        with self._lock:
            self._requests.setdefault(name, []).append(request)
            for row in request.rows:
                self._file.write(f"sent {name} {row.kind} {row.id} {row.input}\n")
            for observation, output in request.outputs.items():
                self._file.write(f"sent {name} output {observation} {output}\n")

    def acknowledged(self, name, request):
        """Writes down that the server answered 2xx."""
        with self._lock:
            request.acknowledged = True
            for row in request.rows:
                self._file.write(f"acknowledged {name} {row.kind} {row.id}\n")
            for observation in request.outputs:
                self._file.write(f"acknowledged {name} output {observation}\n")

    def summary(self):
        """Returns how much was sent and acknowledged so far."""
        requests = [request for round_requests in self._requests.values() for request in round_requests]
        acknowledged = sum(request.acknowledged for request in requests)
        rows = sum(len(request.rows) for request in requests if request.acknowledged)
        return f"{len(requests)} requests sent, {acknowledged} acknowledged with {rows} traces and observations"

    def check(self, name, traces, observations):
        """Returns a complaint for everything in the read of a round that contradicts the account of it."""
        complaints = list(self._refusals.get(name, []))
        requests = self._requests.get(name, [])
        there = {("trace", key) for key in traces} | {("observation", key) for key in observations}
        known = set()
        for request in requests:
            keys = {(row.kind, row.id) for row in request.rows}
            known |= keys
            missing = keys - there
            if request.acknowledged and missing:
                complaints.append(f"acknowledged, but not there: {sorted(missing)}")
            elif missing and missing != keys:
                complaints.append(f"only a part of an unacknowledged request is there, missing {sorted(missing)}")
            for row in request.rows:
                if (row.kind, row.id) in there:
                    complaints += self._check_row(row, traces, observations)
        complaints += [f"there, but never sent: {key}" for key in sorted(there - known)]
        return complaints + self._check_outputs(requests, observations)

    @staticmethod
    def _check_row(row, traces, observations):
        if row.kind == "trace":
            trace_id, stored = row.id, traces[row.id]
        else:
            trace_id, stored, _ = observations[row.id]
        complaints = []
        if trace_id != row.trace_id:
            complaints.append(f"{row.kind} {row.id} is in trace {trace_id}, not {row.trace_id}")
        if stored is None or digest(stored) != row.input:
            complaints.append(f"{row.kind} {row.id} has another input than was sent")
        return complaints

    @staticmethod
    def _check_outputs(requests, observations):
        acknowledged, allowed = {}, {}
        for request in requests:
            for observation, output in request.outputs.items():
                allowed.setdefault(observation, set()).add(output)
                if request.acknowledged:
                    acknowledged[observation] = output
        complaints = []
        for observation, (_, _, stored) in observations.items():
            if stored is None:
                if observation in acknowledged:
                    complaints.append(f"the acknowledged update of {observation} is not there")
            elif digest(stored) not in allowed.get(observation, set()):
                complaints.append(f"observation {observation} has an output that was never sent")
        return complaints
