"""Documents are sent in while the server is killed again and again: none is lost, doubled or half.

Kept in a ledger: which versions were acknowledged (202), and which were under way at a kill and so
may be there or not. After each restart, and again while the work goes on, every document that can
be seen is one version, whole, and never older than what was seen before. At the end every
acknowledged ingestion is completed and the newest version is the one that is seen.
"""
import argparse
import http.client
import json
import logging
import pathlib
import random
import sys
import threading
import time
import uuid
from collections import defaultdict

from pymilvus import MilvusClient

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))
import ingest_model as model
from harness import Server

COLLECTION = "document_chunks_hash"
DOCUMENTS = 40
CALL_TIMEOUT_S = 30
SETTLE_TIMEOUT_S = 120
CHUNK_FIELDS = ("chunk_id", "ingestion_id", "chunk_index", "page", "byte_begin", "byte_end", "chunk_text")


def check(condition: bool, text: str) -> None:
    if not condition:
        raise AssertionError(text)


def call(server: Server, method: str, path: str, body: bytes | None = None, content_type: str = "") -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=CALL_TIMEOUT_S)
    try:
        connection.request(method, path, body, {"Content-Type": content_type} if body is not None else {})
        response = connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else {}
    finally:
        connection.close()


def get(server: Server, path: str) -> dict:
    status, answer = call(server, "GET", path)
    check(status == 200, f"GET {path}: {status} {answer}")
    return answer


def submit(server: Server, document: int, version: int) -> tuple[int, dict]:
    """Text goes as JSON, the other formats as a file."""
    name, text = model.name_of(document), model.text_of(document, version)
    if name.endswith(".txt"):
        body = json.dumps({"text": text, "document": name, "format": "txt"}).encode()
        return call(server, "POST", "/v1/ingest", body, "application/json")
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + text.encode() + f"\r\n--{boundary}--\r\n".encode()
    return call(server, "POST", "/v1/ingest", body, f"multipart/form-data; boundary={boundary}")


def is_to_be_deleted(document: int) -> bool:
    return document % 10 == 9


class Ledger:
    def __init__(self):
        self.acknowledged: dict[str, tuple[int, int]] = {}  # ingestion id → (document, version)
        self.document_ids: dict[int, set[str]] = defaultdict(set)
        self.sent: dict[int, int] = {}  # document → newest version that was sent
        self.newest: dict[int, str] = {}  # document → ingestion id of the newest acknowledged version
        self.seen: dict[int, int] = {}  # document → newest version that a reader saw
        self.deleted: set[int] = set()
        self.being_deleted: set[int] = set()
        self.cut = 0


class Sender:
    """Sends a round's jobs in a thread until they are done or the server is killed."""

    def __init__(self, server: Server, ledger: Ledger, jobs: list[tuple[str, int]]):
        self.server, self.ledger, self.jobs = server, ledger, jobs
        self.killing = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while self.jobs and not self.killing.is_set():
            try:
                self.send(*self.jobs[0])
                self.jobs.pop(0)
            except (OSError, http.client.HTTPException) as error:
                # Unknown. It stays the first job: a later version, or a second delete, settles it.
                self.ledger.cut += 1
                if not self.killing.is_set():
                    self.error = error
                return
            except AssertionError as error:
                self.error = error
                return

    def send(self, kind: str, document: int) -> None:
        ledger = self.ledger
        if kind == "delete":
            first = document not in ledger.being_deleted
            ledger.being_deleted.add(document)
            (document_id,) = ledger.document_ids[document]
            status, answer = call(self.server, "DELETE", f"/v1/documents/{document_id}")
            check(status == 204 or (status == 404 and not first), f"DELETE of {model.name_of(document)}: {status} {answer}")
            ledger.deleted.add(document)
            return
        version = ledger.sent.get(document, 0) + 1
        ledger.sent[document] = version
        status, answer = submit(self.server, document, version)
        check(status == 202, f"POST of {model.name_of(document)}: {status} {answer}")
        ledger.acknowledged[answer["ingestion_id"]] = (document, version)
        ledger.document_ids[document].add(answer["document_id"])
        ledger.newest[document] = answer["ingestion_id"]

    def end(self) -> None:
        self.thread.join(CALL_TIMEOUT_S)
        check(not self.thread.is_alive(), "a request does not end")
        if self.error is not None:
            raise self.error


def visible_rows(client: MilvusClient) -> dict[str, list[dict]]:
    """Rows that searches may see, by document name; one query, so one state of the collection."""
    out = defaultdict(list)
    rows = client.query(
        COLLECTION, filter="chunk_index >= 0", output_fields=["document", "document_id", *CHUNK_FIELDS], limit=16384
    )
    check(len(rows) < 16384, "the test's documents are too many for one query")
    for row in rows:
        out[row["document"]].append(row)
    return out


def list_documents(server: Server) -> dict[int, dict]:
    answer = get(server, "/v1/documents?limit=1000")
    names = [d["document"] for d in answer["documents"]]
    check(len(set(names)) == len(names) == answer["total"], f"documents listed twice, or total is wrong: {sorted(names)}")
    return {model.document_of(d["document"]): d for d in answer["documents"]}


def chunks_of(server: Server, document: dict) -> list[dict]:
    """The chunks of whichever version is visible; one answer speaks of one version."""
    page = get(server, f"/v1/documents/{document['document_id']}/chunks?limit=1000")
    versions = {chunk["ingestion_id"] for chunk in page["chunks"]}
    check(versions <= {page["ingestion_id"]}, f"{document['document']}: chunks of {versions} as those of {page['ingestion_id']}")
    check(len(page["chunks"]) == page["total"], f"{document['document']}: {len(page['chunks'])} chunks, total {page['total']}")
    return page["chunks"]


def check_what_is_seen(server: Server, ledger: Ledger, client: MilvusClient) -> None:
    """May be called at any time: every document is whole, and none goes back to an older version."""
    deleted, being_deleted = set(ledger.deleted), set(ledger.being_deleted)
    acknowledged = {document for document, _ in list(ledger.acknowledged.values())}
    listed = list_documents(server)
    check(not deleted & listed.keys(), f"deleted documents are listed: {deleted & listed.keys()}")
    lost = acknowledged - listed.keys() - ledger.being_deleted
    check(not lost, f"acknowledged documents are not listed: {lost}")
    for document, record in listed.items():
        # A document whose deletion comes later in the test may go between the list and its chunks.
        if record["visible_ingestion_id"] and not is_to_be_deleted(document):
            model.version_of(record["document"], chunks_of(server, record))
    rows = visible_rows(client)
    for name, chunks in rows.items():
        document = model.document_of(name)
        check(document not in deleted, f"{name} was deleted and has rows again")
        if document in being_deleted | ledger.being_deleted:
            continue  # A deletion that was cut off is still cleaning.
        version = model.version_of(name, chunks)
        check(version >= ledger.seen.get(document, 0), f"{name} went from version {ledger.seen.get(document)} back to {version}")
        check(version <= ledger.sent[document], f"{name} has version {version}, which nobody sent")
        ledger.seen[document] = version
    unseen = {d for d in ledger.seen if model.name_of(d) not in rows} - ledger.being_deleted
    check(not unseen, f"documents that were visible have no rows: {unseen}")


def check_in_the_end(server: Server, ledger: Ledger, client: MilvusClient) -> int:
    """Everything has come to rest. Returns how many chunks there are."""
    for ingestion_id, (document, version) in ledger.acknowledged.items():
        if document in ledger.deleted:
            check(call(server, "GET", f"/v1/ingest/{ingestion_id}")[0] == 404, f"ingestion of a deleted document {document}")
        else:
            state = get(server, f"/v1/ingest/{ingestion_id}")
            check(state["state"] == "completed", f"{model.name_of(document)} version {version} was acknowledged: {state}")
    listed, rows, total = list_documents(server), visible_rows(client), 0
    check(listed.keys() == ledger.sent.keys() - ledger.deleted, f"documents listed: {sorted(listed)}")
    check({model.document_of(name) for name in rows} == listed.keys(), f"documents with rows: {sorted(rows)}")
    for document, record in listed.items():
        name, newest = model.name_of(document), ledger.newest[document]
        chunks = chunks_of(server, record)
        check(record["visible_ingestion_id"] == newest and record["state"] == "processed", f"{name}: {record}, newest {newest}")
        check(record["chunks"] == len(chunks), f"{name}: {record['chunks']} chunks are said, {len(chunks)} listed")
        check(model.version_of(name, chunks) == ledger.acknowledged[newest][1], f"{name}: not the newest version")
        pick = lambda chunk: tuple(chunk[field] for field in CHUNK_FIELDS)
        in_collection = sorted(map(pick, rows[name]), key=lambda c: c[2])
        check(list(map(pick, chunks)) == in_collection, f"{name}: chunks listed and rows of the collection differ")
        check({row["document_id"] for row in rows[name]} == {record["document_id"]}, f"{name}: rows of another document id")
        total += len(chunks)
    return total


def wait_until_at_rest(server: Server, ledger: Ledger, client: MilvusClient) -> None:
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    while time.monotonic() < deadline:
        busy = [d for d in list_documents(server).values() if d["state"] not in ("processed", "error")]
        hidden = client.query(COLLECTION, filter="chunk_index < 0", output_fields=["count(*)"])[0]["count(*)"]
        if not busy and not hidden:
            return
        check_what_is_seen(server, ledger, client)
        time.sleep(0.2)
    raise AssertionError(f"not at rest within {SETTLE_TIMEOUT_S} s: {busy} and {hidden} hidden rows")


def make_jobs(rng: random.Random) -> list[tuple[str, int]]:
    """Every document once, most in further versions, some deleted in the end."""
    jobs = [("ingest", document) for document in range(DOCUMENTS)]
    jobs += [("ingest", rng.randrange(DOCUMENTS)) for _ in range(DOCUMENTS)]
    rng.shuffle(jobs)
    last = {job[1]: place for place, job in enumerate(jobs)}
    for document in filter(is_to_be_deleted, range(DOCUMENTS)):
        place = rng.randint(last[document] + 1, len(jobs))
        jobs.insert(place, ("delete", document))
        last = {job[1]: place for place, job in enumerate(jobs)}
    return jobs


def run(kills: int, seed: int) -> None:
    rng = random.Random(seed)
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    server, ledger, jobs = Server(), Ledger(), make_jobs(rng)
    size_of_a_round = -(-len(jobs) // (kills + 1))
    try:
        for number in range(kills):
            client = MilvusClient(uri=server.uri)
            check_what_is_seen(server, ledger, client)
            round_jobs = jobs[:size_of_a_round]
            del jobs[:size_of_a_round]
            sender = Sender(server, ledger, round_jobs)
            if rng.random() < 0.5:
                time.sleep(rng.uniform(0, 0.2))  # Requests are under way.
            else:
                time.sleep(rng.uniform(0.2, 2.5))  # Mostly documents are.
                check_what_is_seen(server, ledger, client)
            check(server.process.poll() is None, "the server ended by itself")
            sender.killing.set()
            server.kill()
            client.close()
            sender.end()
            jobs[:0] = round_jobs
            server.start()
            print(
                f"kill {number + 1}: {len(ledger.acknowledged)} acknowledged, {len(ledger.seen)} documents seen, {time.monotonic() - began:.0f} s",
                flush=True,
            )
        client = MilvusClient(uri=server.uri)
        sender = Sender(server, ledger, jobs)
        sender.thread.join(SETTLE_TIMEOUT_S)
        sender.end()
        wait_until_at_rest(server, ledger, client)
        chunks = check_in_the_end(server, ledger, client)
        client.close()
        server.stop()
        server.start()
        client = MilvusClient(uri=server.uri)
        check(check_in_the_end(server, ledger, client) == chunks, "another number of chunks after a restart")
        client.close()
        server.stop()
    except BaseException:
        print(f"FAILED with --seed {seed}\nend of the server's log:\n{server.log()[-3000:]}", file=sys.stderr)
        raise
    finally:
        server.remove()
    print(
        f"ok: {kills} kills; {len(ledger.acknowledged)} ingestions acknowledged, {ledger.cut} requests cut off, "
        f"{len(ledger.deleted)} documents deleted, {len(ledger.sent) - len(ledger.deleted)} there with {chunks} chunks; "
        f"{time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    run(arguments.kills, arguments.seed)
