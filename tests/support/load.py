"""Clients that submit continuously, each in its own way, and record each digest as soon as it is acknowledged. They
repeat submissions, acknowledged or not, to provoke digests that are stored twice.
"""

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter

from node import join

GONE = (OSError, http.client.IncompleteRead, http.client.BadStatusLine)  # the errors of a client when the node dies
REFUSED = (500, 503, 507)  # statuses of a node whose disk fails or that is overloaded


class Ledger:
    """The documents that were sent, and the digests that were acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged, self.sent = set(), []
        self.by = Counter()

    def will_send(self, documents):
        with self.lock:
            self.sent += documents

    def acknowledge(self, digest, how):
        with self.lock:
            self.acknowledged.add(digest)
            self.by[how] += 1

    def refuse(self):
        with self.lock:
            self.by["refused"] += 1


def make_document(name):
    text = json.dumps({"id": name, "type": "VerifiableCredential"}, separators=(",", ":"))
    return text.encode()  # as RFC 8785 would write it


def digest_of(document):
    return hashlib.sha256(document).hexdigest()


class Client(threading.Thread):
    """Submits until the node dies or the load ends.

    may_refuse   the node may answer that it is busy or broken; otherwise that is a failure
    pause_s      the pause between two requests
    """

    def __init__(self, node, ledger, name, may_refuse=False, pause_s=0):
        super().__init__(name=name)
        self.node, self.ledger, self.rng = node, ledger, random.Random(name)
        self.may_refuse, self.pause_s = may_refuse, pause_s
        self.connection = node.connect()
        self.failure = None
        self.ending = False
        self.n_made = 0

    def run(self):
        try:
            while not self.ending:
                self.submit()
                time.sleep(self.pause_s)
        except GONE:
            pass
        except json.JSONDecodeError:
            pass  # a truncated line does not acknowledge anything
        except Exception as failure:
            self.failure = failure
        finally:
            self.connection.close()

    def documents(self, n):
        """New documents; one in five was sent before."""
        documents = []
        for _ in range(n):
            again = self.ledger.sent and self.rng.random() < 0.2
            self.n_made += not again
            documents.append(
                self.rng.choice(self.ledger.sent) if again else make_document(f"{self.name}/{self.n_made}")
            )
        self.ledger.will_send(documents)
        return documents

    def post(self, path, body, media_type, scope, good=(200,)):
        """The response, or None for an allowed refusal."""
        headers = {"Content-Type": media_type, "Authorization": "Bearer " + self.node.tokens[scope]}
        self.connection.request("POST", path, body, headers)
        response = self.connection.getresponse()
        if response.status in good:
            return response
        text = response.read()
        if not self.may_refuse or response.status not in REFUSED:
            raise RuntimeError(f"{response.status} {text}")
        self.refused()
        return None

    def refused(self):
        self.ledger.refuse()
        time.sleep(0.02)

    def take(self, documents, results, how):
        for document, result in zip(documents, results):
            if "error" in result:
                if not self.may_refuse:
                    raise RuntimeError(f"refused: {result}")
                self.refused()
                continue
            if result["digest"] != digest_of(document):
                raise RuntimeError(f"wrong digest: {result} for {document}")
            self.ledger.acknowledge(result["digest"], how)


class OneByOne(Client):
    def submit(self):
        (document,) = self.documents(1)
        response = self.post("/v1/credentials", document, "application/json", "submit", good=(200, 201))
        if response:
            self.ledger.acknowledge(digest_of(document), "alone")
            response.read()


class Lines(Client):
    def submit(self):
        documents = self.documents(self.rng.randrange(1, 100))
        body = b"".join(document + b"\n" for document in documents)
        response = self.post("/v1/credentials", body, "application/x-ndjson", "submit")
        if response:
            self.take(documents, (json.loads(line) for line in response), "in lines")
            response.read()


class Digests(Client):
    def submit(self):
        documents = self.documents(self.rng.randrange(1, 10))
        body = json.dumps({"digests": [digest_of(document) for document in documents]})
        response = self.post("/v1/digests", body, "application/json", "digest")
        if response:
            self.take(documents, json.load(response)["results"], "as digests")


class Load:
    """Several clients of one node. They stop when it dies."""

    KINDS = (OneByOne, OneByOne, OneByOne, Lines, Digests)

    def __init__(self, node, ledger, name, **how):
        self.clients = [kind(node, ledger, f"{name}/{i}", **how) for i, kind in enumerate(self.KINDS)]
        for client in self.clients:
            client.start()

    def end(self):
        """Waits for the clients; raises the error of the first that failed."""
        for client in self.clients:
            client.ending = True
        for client in self.clients:
            join(client)
            if client.failure:
                raise client.failure


def ask_for_a_seal(node):
    try:
        return node.request("POST", "/v1/batches", scope="admin").status
    except GONE:
        return None
