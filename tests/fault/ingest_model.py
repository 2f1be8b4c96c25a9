"""Documents whose text says which document, version and sentence it is, and how chunks are judged.

A sentence begins with a marker such as d012v3s0045. So from the chunks alone it shows whether a
version is there whole, once, in order and unmixed, without knowing how the product cuts.
"""
import random
import re

FORMATS = ("txt", "md", "html")
MARKER = re.compile(r"d(\d{3})v(\d+)s(\d{4})")
WORDS = "amber basin cedar delta ember fjord grove heath inlet jetty knoll lagoon marsh naïve oasis prärie quarry".split()


def name_of(document: int) -> str:
    return f"paper-{document:03}.{FORMATS[document % len(FORMATS)]}"


def document_of(name: str) -> int:
    return int(name[6:9])


def sentence_count(document: int, version: int) -> int:
    return random.Random(f"{document}/{version}").choice([1, 2, 7, 30, 80, 200])


def text_of(document: int, version: int) -> str:
    rng = random.Random(f"{document}/{version}/text")
    sentences = [
        f"d{document:03}v{version}s{n:04} tells that {' '.join(rng.choices(WORDS, k=rng.randint(3, 30)))}."
        for n in range(sentence_count(document, version))
    ]
    paragraphs = [" ".join(sentences[i : i + 6]) for i in range(0, len(sentences), 6)]
    kind = FORMATS[document % len(FORMATS)]
    if kind == "md":
        return "\n\n".join(f"## Part {n}\n\n{p}" for n, p in enumerate(paragraphs))
    if kind == "html":
        body = "".join(f"<h2>Part {n}</h2><p>{p}</p>" for n, p in enumerate(paragraphs))
        return f"<html><head><title>Paper {document}</title></head><body>{body}</body></html>"
    return "\n\n".join(paragraphs)


def version_of(name: str, chunks: list[dict]) -> int:
    """The version that `chunks` (in any order) are; AssertionError unless they are it, whole."""
    chunks = sorted(chunks, key=lambda c: c["chunk_index"])

    def check(condition: bool, text: str) -> None:
        if not condition:
            outline = [(c["ingestion_id"][:8], c["chunk_index"], c["byte_begin"], c["byte_end"]) for c in chunks]
            raise AssertionError(f"{name}: {text}; chunks {outline}")

    check(len({c["ingestion_id"] for c in chunks}) == 1, "chunks of several versions at once")
    check([c["chunk_index"] for c in chunks] == list(range(len(chunks))), "chunks are missing or doubled")
    text = bytearray(b" " * max(c["byte_end"] for c in chunks))
    end = begin = 0
    for chunk in chunks:
        piece = chunk["chunk_text"].encode()
        check(len(piece) == chunk["byte_end"] - chunk["byte_begin"], "a chunk's text is not as long as its byte range")
        check(begin <= chunk["byte_begin"], "chunks are out of order")
        begin = chunk["byte_begin"]
        overlap = max(0, min(end, chunk["byte_end"]) - begin)
        check(bytes(text[begin : begin + overlap]) == piece[:overlap], "overlapping chunks say different things")
        text[begin : begin + len(piece)] = piece
        end = max(end, chunk["byte_end"])
    found = [tuple(map(int, m)) for m in MARKER.findall(text.decode())]
    document, version = found[0][:2] if found else (-1, -1)
    check(document == document_of(name), f"text of document {document}")
    check(found == [(document, version, n) for n in range(sentence_count(document, version))], f"version {version} is not whole")
    return version
