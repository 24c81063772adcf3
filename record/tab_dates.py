#!/usr/bin/env python3
"""Recall on the DATE labels of the Text Anonymization Benchmark, calendar dates apart from durations.

    caseveil detect DIR/tab_train_dev.jsonl > /tmp/tab.jsonl
    python3 record/tab_dates.py --from DIR /tmp/tab.jsonl

The benchmark labels durations, ages and times of day as dates ("two months", "age 65", "5.30 p.m.");
this project keeps them, since a case teaches by them. Prints both figures and every missed date.
"""
import argparse
import json
import re
from pathlib import Path

UNIT = r"(?:years?|months?|weeks?|days?|hours?)(?:['’]s?|s['’])?"
NOT_A_DATE = re.compile(
    rf"^(?:[\w-]+[ -]){{0,6}}{UNIT}(?: later)?$|^{UNIT}$|(?:years?|months?) and|centur|immemorial"
    r"|^age \d+$|^mid-year$|[ap]\.?m\.?$|noon$",
    re.IGNORECASE,
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    parser.add_argument("spans", type=Path)
    args = parser.parse_args()
    found = {d["id"]: d["spans"] for d in map(json.loads, args.spans.open())}
    counts = {"calendar": [0, 0], "other": [0, 0]}
    missed = []
    for line in (args.folder / "tab_train_dev.jsonl").open():
        document = json.loads(line)
        text = document["text"]
        masked = bytearray(len(text))
        for span in found.get(document["id"], []):
            masked[span["start"] : span["end"]] = b"\1" * (span["end"] - span["start"])
        for span in document["spans"]:
            if span["type"] != "DATE":
                continue
            value = text[span["start"] : span["end"]]
            year = re.search(r"\b(?:1[5-9]|20)\d\d\b", value)
            kind = "other" if NOT_A_DATE.search(value) and not year else "calendar"
            leaks = any(c.isalnum() and not masked[span["start"] + i] for i, c in enumerate(value))
            counts[kind][0] += 1
            counts[kind][1] += leaks
            if leaks and kind == "calendar":
                missed.append(value)
    for kind, (n, leaks) in counts.items():
        print(f"{kind}: {n - leaks} of {n} found, {100 * (n - leaks) / max(n, 1):.2f} %")
    print("calendar dates missed:", "; ".join(missed))


main()
