#!/usr/bin/env python3
"""Remakes the lexicons of this folder: rules/lexicons/make.py --from DIR

DIR holds the gathered lists (see each source.toml for origins). The same DIR gives the same bytes.
Keys are folded: lower case, accents off, straight apostrophes. Repair a list in its
exceptions.txt, never here by name.
"""
import argparse
import collections
import gzip
import os
import re
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
SPECIAL = {"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "’": "'", "ʼ": "'"}
WORD = re.compile(r"[^\W_]+")


def fold(text):
    text = "".join(SPECIAL.get(c, c) for c in text.lower())
    text = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in text if not unicodedata.combining(c)))


def rows(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        path += ".gz"
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as f:
        header = f.readline().rstrip("\n").split("\t")
        for line in f:
            cells = line.rstrip("\n").split("\t")
            cells += [""] * (len(header) - len(cells))
            yield dict(zip(header, cells))


def number(text):
    return float(text) if text else 0.0


def write(name, header, entries, comment, file="terms.tsv"):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, file), "w", encoding="utf-8", newline="\n") as f:
        f.write("# %s\n" % "\t".join(header))
        for key in sorted(entries):
            f.write("\t".join([key] + [str(v) for v in entries[key]]) + "\n")
    exceptions = os.path.join(folder, "exceptions.txt")
    if not os.path.exists(exceptions):
        with open(exceptions, "w", encoding="utf-8", newline="\n") as f:
            f.write("# One folded term a line: left out of this lexicon. Say why in a comment above it.\n")
    print("%-16s %7d rows  %s" % (name, len(entries), comment))


def bin_of(per_million):
    """0 absent, 1 listed without a count, 2 under 0.1 per million, then factors of ten, 7 from 1,000."""
    edges = (0.1, 1, 10, 100, 1000)
    return 2 + sum(per_million >= e for e in edges)


def names(src):
    given, surname = collections.Counter(), collections.Counter()
    for r in rows(src, "given_names.tsv"):
        rates = [number(r["us_census2020"]) / 330, number(r["us_ssa_1880_2017"]) / 340,
                 number(r["fr_insee_1900_2021"]) / 85, number(r["qc_1980_2020"]) / 3.2]
        best = max(rates)
        value = bin_of(best) if best > 0 else 1
        if best == 0 and r["sources"] == "roi" and len(r["fold"]) < 3:
            continue
        given[r["fold"]] = max(given[r["fold"]], value)
    for r in rows(src, "surnames.tsv"):
        count, sources = number(r["us_census_max"]), r["sources"].split(",")
        if count == 0 and sources == ["roi"]:
            continue
        if count == 0 and sources == ["insee"] and (len(r["fold"]) > 14 or not WORD.fullmatch(r["fold"])):
            continue
        surname[r["fold"]] = max(surname[r["fold"]], bin_of(count / 300) if count else 1)
    # Hand lists are few and well chosen: they count as names that people bear.
    for r in rows(src, "surnames.tsv"):
        if "hand" in r["sources"]:
            surname[r["fold"]] = max(surname[r["fold"]], 4)
    for r in rows(src, "given_names.tsv"):
        if "hand" in r["sources"] or "pnc" in r["sources"]:
            given[r["fold"]] = max(given[r["fold"]], 4)
    for table in (given, surname):
        for key in list(table):
            parts = WORD.findall(key)
            if len(parts) > 1:
                value = table.pop(key)
                for part in parts:
                    if len(part) >= 3 and part not in table:
                        table[part] = 1
    out = {k: (given[k], surname[k]) for k in set(given) | set(surname) if len(k) >= 2 and WORD.fullmatch(k)}
    write("names", ["fold", "given 0-7", "surname 0-7"], out, "given names and surnames")


CA_CODES = {"ontario", "quebec", "manitoba", "saskatchewan", "alberta", "british columbia", "colombie-britannique",
            "nova scotia", "nouvelle-ecosse", "new brunswick", "nouveau-brunswick", "newfoundland",
            "newfoundland and labrador", "terre-neuve", "terre-neuve-et-labrador", "labrador", "prince edward island",
            "ile-du-prince-edouard", "yukon", "nunavut", "northwest territories", "territoires du nord-ouest", "pei", "nwt"}


def places(src):
    out = {}

    def put(key, value, first=True):
        # Smaller numbers are Canadian; regions and countries outweigh towns.
        if key and (key not in out or rank(value) > rank(out[key][0])):
            out[key] = (value,)

    def rank(value):
        order = ["6", "5", "4", "1", "2", "3", "first_nation", "country", "province"]
        return order.index(value)

    for r in rows(src, "places_ca.tsv"):
        key, kind, pop = r["fold"], r["kind"], number(r["population"])
        if re.search(r"\d", key):
            key = re.sub(r"\s*\d+\w*$", "", key).strip()
        if len(key) < 3 or kind in ("campus",):
            continue
        if kind == "province":
            put(key, "province")
        elif kind.startswith("first_nation"):
            put(key, "first_nation")
        else:
            put(key, "3" if pop >= 50000 else "2" if pop >= 1000 else "1")
    for key in CA_CODES:
        put(key, "province")
    for r in rows(src, "places_world.tsv"):
        pop = number(r["population"])
        if r["kind"] == "state":
            put(r["fold"], "province")
        elif r["country"] == "US":
            put(r["fold"], "4")
        else:
            put(r["fold"], "6" if pop >= 1e6 else "5")
    for r in rows(src, "demographics.tsv"):
        if r["kind"] == "country":
            put(fold(r["fold"]), "country")
    write("places", ["fold", "class"], {k: v for k, v in out.items() if len(k) >= 3}, "places")


def demographics(src):
    out = {}
    for r in rows(src, "demographics.tsv"):
        if r["kind"] not in ("country", "world_region"):
            out[fold(r["fold"])] = (r["kind"],)
    write("demographics", ["fold", "kind"], out, "nationalities, groups, languages, religions")


FACILITY = {"hospital", "residential_care", "ambulatory_care", "long_term_care", "community_support", "retirement_home",
            "mental_health_addiction", "hospital_alias", "family_health_team", "community_health_centre",
            "pharmacy_chain", "ltc_chain", "public_health_unit", "np_led_clinic", "health_facility"}


def institutions(src):
    facility, organisation = {}, {}
    for r in rows(src, "institutions.tsv"):
        key = r["fold"].strip()
        if len(key) < 3:
            continue
        # A company that makes drugs stands in drug names: not a sign of an employer.
        if r["type"] in FACILITY:
            facility[key] = (r["type"],)
        elif r["type"] != "pharma_company":
            organisation[key] = (r["type"],)
    for key in facility:
        organisation.pop(key, None)
    write("facilities", ["fold", "type"], facility, "health facilities")
    write("organisations", ["fold", "type"], organisation, "other organisations")


def words(src):
    out = {}

    def zipf_bin(text):
        return min(15, 1 + round(2 * float(text))) if text else 0

    def put(key, **kw):
        entry = out.setdefault(key, dict(en=0, fr=0, el=0, fl=0, ab=0, vb=0))
        for k, v in kw.items():
            entry[k] = max(entry[k], v)

    for r in rows(src, "words_en.tsv"):
        key = fold(r["word"])
        if not WORD.fullmatch(key):
            continue
        lower = 1 if r["scowl_lower_size"] and int(r["scowl_lower_size"]) <= 70 else 0
        z = number(r["zipf_wordfreq"])
        if not lower and z < 1.5:
            continue
        put(key, en=max(zipf_bin(r["zipf_wordfreq"]), 1 if lower else 0), el=lower)
    for r in rows(src, "words_fr.tsv"):
        key = fold(r["word"])
        if not WORD.fullmatch(key):
            continue
        lower = 1 if r["lexique_pos"] else 0
        z = number(r["zipf_wordfreq"])
        if not lower and z < 1.5:
            continue
        put(key, fr=max(zipf_bin(r["zipf_wordfreq"]), 1 if lower else 0), fl=lower, vb=1 if "VER" in r["lexique_pos"] else 0)
    for r in rows(src, "med_abbreviations.tsv"):
        key = fold(r["abbr"])
        if WORD.fullmatch(key) and len(key) >= 2:
            put(key, ab=1)
    entries = {k: (v["en"], v["fr"], v["el"], v["fl"], v["ab"], v["vb"]) for k, v in out.items()}
    write("share_alike", ["fold", "en 0-15", "fr 0-15", "en_lower", "fr_lower", "abbreviation", "fr_verb"], entries,
          "word frequencies (CC BY-SA 4.0)", file="words.tsv")
    return out


def professions(src, common):
    out = {}
    for r in rows(src, "professions.tsv"):
        key = fold(r["term"])
        tokens = WORD.findall(key)
        if not tokens or len(tokens) > 5:
            continue
        if len(tokens) == 1:
            w = common.get(tokens[0], {})
            if len(key) < 4 or max(w.get("en", 0), w.get("fr", 0)) >= 12:
                continue
        out[key] = (r["lang"], r["isco08"][:1] if r["isco08"] else "")
    write("professions", ["fold", "lang", "isco major group"], out, "occupations")


CATEGORY = [("drug", 1), ("drug_brand", 1), ("disease", 2), ("anatomy", 3), ("procedure_test", 4), ("fr_medical", 4),
            ("psych", 2), ("physiology", 3), ("healthcare", 4), ("chemical_drug", 5), ("organism", 6)]


def category(categories):
    parts = categories.split(",")
    for name, value in CATEGORY:
        if name in parts:
            return value
    return 6


def medicine(src, common):
    eponyms = {r["fold"] for r in rows(src, "med_eponyms.tsv") if r["kind"] in ("eponym", "person_like")}
    tokens, phrases = {}, {}
    for r in rows(src, "med_tokens.tsv"):
        key, n = fold(r["token"]), int(r["n_terms"])
        if not WORD.fullmatch(key) or len(key) < 3 or key.isdigit():
            continue
        # Made from a share-alike source: not for this table.
        if "fr_medical_morph" in r["top_categories"]:
            continue
        cat = category(r["top_categories"])
        whole = r["is_whole_term"] == "1"
        # Rare chemicals would fill the table and explain nothing.
        if cat == 5 and n < 3:
            continue
        if not whole and n < 2 and key not in eponyms and key not in common:
            continue
        tokens[key] = (cat, min(3, len(str(n)) - 1), 1 if key in eponyms else 0)
    for key in eponyms:
        if WORD.fullmatch(key) and key not in tokens:
            tokens[key] = (2, 0, 1)
    for r in rows(src, "med_terms.tsv"):
        key = fold(r["term"])
        parts = WORD.findall(key)
        if not 2 <= len(parts) <= 4 or any(ch.isdigit() for ch in key):
            continue
        cats = set(r["categories"].split(","))
        if not cats & {"drug", "drug_brand", "disease", "anatomy", "procedure_test", "fr_medical", "psych"} or "fr_medical_morph" in cats:
            continue
        # Only phrases of words that a clinician would write.
        if all(p in common or p in eponyms for p in parts):
            phrases[key] = (category(r["categories"]),)
    write("medicine", ["fold", "category", "terms 0-3", "eponym"], tokens, "medical words")
    write("medicine", ["fold", "category"], phrases, "medical phrases", file="phrases.tsv")


def headwords(src):
    out = {}
    for r in rows(src, "address_org_title_words.tsv"):
        key = fold(r["term"]).strip(" .")
        if WORD.fullmatch(key) and len(key) >= 2:
            kinds = set(out.get(key, ("",))[0].split("+")) - {""}
            out[key] = ("+".join(sorted(kinds | {r["kind"]})),)
    write("headwords", ["fold", "kinds"], out, "street types, heads of organisations, titles")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--from", dest="source", required=True, metavar="DIR")
    src = parser.parse_args().source
    names(src)
    places(src)
    demographics(src)
    institutions(src)
    common = words(src)
    professions(src, common)
    medicine(src, common)
    headwords(src)


if __name__ == "__main__":
    main()
