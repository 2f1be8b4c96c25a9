"""Compares vecgate's MiniLM with an independent forward pass: numpy on model.safetensors for the
network, the `tokenizers` library on tokenizer.json for the tokens. Texts: Unicode, long, empty, random.
Asserts equal token ids and a cosine of at least 0.9999 for each of at least 200 texts."""

import json
import math
import random
import struct
import subprocess
import sys

import numpy as np
from tokenizers import Tokenizer

MIN_COSINE = 0.9999
MAX_TOKENS = 256
SEED = 20240607


def load_safetensors(path):
    with open(path, "rb") as f:
        (n,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(n))
        data = f.read()
    out = {}
    for name, e in header.items():
        if name == "__metadata__" or e["dtype"] != "F32":
            continue
        a, b = e["data_offsets"]
        out[name] = np.frombuffer(data[a:b], dtype=np.float32).reshape(e["shape"])
    return out


_erf = np.vectorize(math.erf, otypes=[np.float32])


def layer_norm(x, w, name):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-12) * w[name + ".weight"] + w[name + ".bias"]


def dense(x, w, name):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def forward(ids, w):
    n = len(ids)
    x = (w["embeddings.word_embeddings.weight"][ids]
         + w["embeddings.position_embeddings.weight"][:n]
         + w["embeddings.token_type_embeddings.weight"][0])
    x = layer_norm(x, w, "embeddings.LayerNorm")
    for i in range(6):
        p = f"encoder.layer.{i}"
        heads = lambda t: t.reshape(n, 12, 32).transpose(1, 0, 2)
        q = heads(dense(x, w, p + ".attention.self.query"))
        k = heads(dense(x, w, p + ".attention.self.key"))
        v = heads(dense(x, w, p + ".attention.self.value"))
        s = q @ k.transpose(0, 2, 1) / np.sqrt(np.float32(32))
        s = np.exp(s - s.max(-1, keepdims=True))
        s = s / s.sum(-1, keepdims=True)
        a = (s @ v).transpose(1, 0, 2).reshape(n, 384)
        x = layer_norm(dense(a, w, p + ".attention.output.dense") + x, w, p + ".attention.output.LayerNorm")
        h = dense(x, w, p + ".intermediate.dense")
        h = h * 0.5 * (1 + _erf(h / np.sqrt(np.float32(2))))
        x = layer_norm(dense(h, w, p + ".output.dense") + x, w, p + ".output.LayerNorm")
    pooled = x.mean(0)
    return pooled / np.linalg.norm(pooled)


def texts():
    fixed = [
        "", " ", "\n\t\r", "a", ".", "Hello, world!", "It's a dog's life -- isn't it?",
        "Grüße aus Köln; naïve café résumé Ångström", "ÀÉÎÕÜ àéîõü ÇÑ çñ", "İstanbul ISPARTA ıiIİ",
        "東京タワーは高い。", "北京大学的学生", "안녕하세요 세계", "Привет, мир! Ёлка", "Καλημέρα κόσμε ΣΊΣΥΦΟΣ",
        "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก", "Tiếng Việt có dấu",
        "emoji 😀 😃🚀 ok", "zero\u200bwidth\u200djoin", "soft\u00adhyphen", "nbsp\u00a0here\u3000wide",
        "ﬁnancial ﬂuff Ⅷ ² ½", "e\u0301 combining o\u0308", "math: ∑∫√≤≥≠ αβγ", "“smart” ‘quotes’ – — …",
        "x" * 99, "x" * 100, "x" * 101, "supercalifragilisticexpialidocious", "http://example.com/a?b=c&d=e#f",
        "a@b.org 192.168.0.1 3.14159 1,000,000 0xDEADBEEF", "C++20 && foo->bar(); #include <x>",
        "tab\tseparated\tvalues", "\ufffd replaced \x00 nul \x07 bell \x7f del", "snake_case CamelCase kebab-case",
        "$100 + 50% = ~£80 ^_^ `code` |pipe|", "\U00020000\U0002A6D6 rare ideographs", "ＦＵＬＬ ｗｉｄｔｈ",
        "ǅ ß ẞ ŉ ǰ", "a\u2028b\u2029c\u0085d", "The quick brown fox jumps over the lazy dog.",
        "word " * 600, "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 60,
    ]
    rng = random.Random(SEED)
    words = ("vector index server query document gateway recall embed token chunk durable crash search the of and to a in "
             "is database PostgreSQL unaffable tokenization Übergröße Москва 数据库 données hyperparameter 2024 x86_64").split()
    alphabet = [chr(c) for r in ((32, 127), (0xA1, 0x250), (0x370, 0x3FF), (0x400, 0x45F), (0x4E00, 0x4E80),
                                 (0x3040, 0x30FF), (0xAC00, 0xAC40), (0x2010, 0x2050), (0x1E00, 0x1EFF)) for c in range(*r)]
    out = list(fixed)
    for _ in range(110):
        out.append(" ".join(rng.choice(words) for _ in range(rng.randint(1, 60))) + rng.choice([".", "?", "", "!"]))
    for _ in range(60):
        out.append("".join(rng.choice(alphabet) for _ in range(rng.randint(1, 120))))
    return out


def main():
    dump, model_dir = sys.argv[1], sys.argv[2]
    sample = texts()
    assert len(sample) >= 200, len(sample)
    tokenizer = Tokenizer.from_file(model_dir + "/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    weights = load_safetensors(model_dir + "/model.safetensors")
    failures = 0
    wanted = []
    for precision in ("f32", "auto"):
        run = subprocess.run([dump, model_dir, precision], input=json.dumps(sample).encode(), stdout=subprocess.PIPE, check=True)
        ours = json.loads(run.stdout)
        lowest = 1.0
        for i, text in enumerate(sample):
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            if ids != ours["ids"][i]:
                failures += 1
                print(f"tokens differ (seed {SEED}, text {i}) {text[:80]!r}\n  theirs {ids[:40]}\n  ours   {ours['ids'][i][:40]}")
                if precision == "f32":
                    wanted.append(None)
                continue
            if precision == "f32":
                full = [101] + ids[: MAX_TOKENS - 2] + [102]
                wanted.append(forward(np.array(full), weights))
            if wanted[i] is None:
                continue
            cosine = float(np.dot(wanted[i], np.array(ours["vectors"][i], dtype=np.float32)))
            lowest = min(lowest, cosine)
            if cosine < MIN_COSINE:
                failures += 1
                print(f"cosine {cosine:.6f} < {MIN_COSINE} (seed {SEED}, text {i}) {text[:80]!r}")
        print(f"{precision}: bf16={ours['bf16']}, {len(sample)} texts, lowest cosine {lowest:.7f}")
    print("FAILED" if failures else "OK", failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
