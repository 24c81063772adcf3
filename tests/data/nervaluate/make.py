#!/usr/bin/env python3
"""Makes gold.jsonl, pred.jsonl and expected.json: what nervaluate says about them.

    pip install nervaluate==1.2.1
    python3 make.py            # the documents of the tests
    python3 make.py GOLD PRED  # prints the figures of any two files of spans, for a comparison by hand

Spans are dealt out with a fixed seed: exact hits, other types, other borders, several predictions on
one label, predictions over several labels, labels longer than a hundred characters that only one
character of is predicted, overlapping labels. Offsets are half open; nervaluate's ends are inclusive.
"""
import json
import random
import sys
from pathlib import Path

from nervaluate import Evaluator

HERE = Path(__file__).parent
TYPES = ["CITY", "DATE", "PERSON_PATIENT", "PERSON_PROVIDER"]


def deal():
    dice = random.Random(9)
    gold, pred = [], []
    for n in range(60):
        text = "".join(dice.choice("abcdefgh   ") for _ in range(600))
        at, spans, found = dice.randrange(4), [], []
        while at < 560:
            end = min(600, at + (dice.randrange(101, 160) if dice.random() < 0.08 else dice.randrange(1, 20)))
            kind = dice.choice(TYPES)
            spans.append({"start": at, "end": end, "type": kind})
            if dice.random() < 0.05:
                spans.append({"start": at + (end - at) // 2, "end": min(600, end + 3), "type": dice.choice(TYPES)})
            what, other = dice.random(), dice.choice(TYPES)
            if what < 0.4:
                found.append({"start": at, "end": end, "type": kind})
            elif what < 0.5:
                found.append({"start": at, "end": end, "type": other})
            elif what < 0.6:
                found.append({"start": max(0, at - dice.randrange(3)), "end": min(600, end + dice.randrange(25)), "type": kind})
            elif what < 0.7:
                found.append({"start": end - 1, "end": end, "type": other})
            elif what < 0.8 and end - at > 3:
                middle = (at + end) // 2
                found += [{"start": at, "end": middle, "type": kind}, {"start": middle, "end": end, "type": other}]
            elif what < 0.9:
                found.append({"start": end, "end": min(600, end + 1), "type": other})
            at = end + dice.randrange(1, 30)
        spans.sort(key=lambda s: (s["start"], s["end"]))
        found = [f for f in found if f["start"] < f["end"]]
        gold.append({"id": "d%02d" % n, "lang": "en", "text": text, "spans": spans})
        pred.append({"id": "d%02d" % n, "spans": found})
    return gold, pred


def optional(span):
    return span.get("optional") or span.get("type") in ("IGNORE", "OTHER")


def entities(spans):
    return [{"label": s["type"], "start": s["start"], "end": s["end"] - 1} for s in spans]


def evaluate(gold, pred):
    """Predictions that touch an optional label and no other are left out, as the audit does."""
    found = {str(p["id"]): p["spans"] for p in pred}
    true, guess = [], []
    for d in gold:
        touches = lambda p, some: any(p["start"] < s["end"] and s["start"] < p["end"] for s in some)
        need = [s for s in d["spans"] if not optional(s)]
        may = [s for s in d["spans"] if optional(s)] + (d.get("optional") or [])
        need.sort(key=lambda s: (s["start"], s["end"]))
        true.append(entities(need))
        guess.append(entities([p for p in found.get(str(d["id"]), []) if touches(p, need) or not touches(p, may)]))
    tags = sorted({e["label"] for some in true + guess for e in some})
    result = Evaluator(true, guess, tags=tags, loader="dict").evaluate()
    keys = ("correct", "incorrect", "partial", "missed", "spurious", "precision", "recall", "f1")
    figures = lambda ways: {w: {k: getattr(r, k) for k in keys} for w, r in sorted(ways.items())}
    return {"overall": figures(result["overall"]),
            "entities": {t: figures(w) for t, w in sorted(result["entities"].items())}}


def lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8") if line.strip()]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(evaluate(lines(sys.argv[1]), lines(sys.argv[2])), indent=1))
    else:
        gold, pred = deal()
        for name, some in (("gold", gold), ("pred", pred)):
            (HERE / (name + ".jsonl")).write_text("".join(json.dumps(d) + "\n" for d in some))
        (HERE / "expected.json").write_text(json.dumps(evaluate(gold, pred), indent=1) + "\n")
