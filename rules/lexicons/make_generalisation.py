#!/usr/bin/env python3
"""Makes what generalisation and surrogates need from the gathered lists and the corpus' invented lists.

    python3 rules/lexicons/make_generalisation.py --from DIR

DIR holds the gathered lists, as for make.py. Writes rules/communities/terms.txt,
rules/occupations/terms.txt and rules/surrogates/names.toml; the output depends on nothing else.
"""
import argparse
import csv
import gzip
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

RULES = Path(__file__).resolve().parent.parent

# Northern Ontario has no border in the gathered lists: the districts north of Parry Sound and
# Nipissing, typed by hand. Those without a road all year are remote.
NORTH = """algoma mills|armstrong|atikokan|azilda|beardmore|blezard valley|blind river|bruce mines|callander|capreol|chapleau
chelmsford|cobalt|cochrane|coniston|deep river north|desbarats|dinorwic|dorion|dowling|dryden|dubreuilville|ear falls|earlton
echo bay|elk lake|elliot lake|emo|englehart|espanola|fauquier|foleyet|fort frances|french river|geraldton|gogama|gore bay
gowganda|greater sudbury|greenstone|haileybury|hallebourg|hanmer|harty|hearst|heron bay|hornepayne|hudson|ignace
iroquois falls|kakabeka falls|kapuskasing|kenora|keewatin|killarney|kirkland lake|larder lake|latchford|levack|lively
little current|longlac|macdiarmid|madsen|manitouwadge|marathon|massey|matachewan|matheson|mattawa|mattice|mcgregor bay
michipicoten|mindemoya|mobert|moonbeam|moose factory|moosonee|murillo|nairn centre|nakina|nestor falls|new liskeard|nipigon
noelville|north bay|northeastern manitoulin|onaping|opasatika|oliver paipoonge|pickle lake|pic river|porcupine|powassan
rainy river|red lake|red rock|rossport|rosslyn|savant lake|sault ste marie|schreiber|schumacher|searchmont|serpent river
sioux lookout|sioux narrows|smooth rock falls|south porcupine|south river|spanish|st charles|sturgeon falls|sudbury|sundridge
swastika|tehkummah|temagami|temiskaming shores|terrace bay|thessalon|thorne|thunder bay|timmins|upsala|val caron|val gagne
val rita|val therese|vermilion bay|verner|warren|wawa|webbwood|west nipissing|white river|whitefish|whitefish falls|wikwemikong
wiikwemkoong|worthington|sagamok|garden river|batchewana|m'chigeeng|mchigeeng|sheguiandah|aundeck omni kaning|nipissing first nation
constance lake|long lake 58|ginoogaming|pays plat|whitesand|gull bay|lac seul|wabigoon lake|grassy narrows|wabaseemoong
whitedog|naotkamegwanning|whitefish bay|couchiching|rainy river first nations|matachewan first nation|wahgoshig|taykwa tagamou
moose cree|moose cree first nation|constance lake first nation|brunswick house|chapleau cree|atikameksheng|wahnapitae"""
REMOTE = """aroland north|attawapiskat|bearskin lake|big trout lake|kitchenuhmaykoosib inninuwug|cat lake|deer lake|eabametoong|fort hope
fort albany|fort severn|kasabonika|kasabonika lake|kashechewan|keewaywin|kingfisher lake|lansdowne house|neskantaga|marten falls
ogoki post|mcdowell lake|muskrat dam|nibinamik|summer beaver|north caribou lake|weagamow|north spirit lake|peawanuck|weenusk
pikangikum|poplar hill|sachigo lake|sandy lake|slate falls|wapekeka|wawakapewin|webequie|wunnumin lake|wunnumin
attawapiskat first nation|sandy lake first nation|fort albany first nation|kashechewan first nation|pikangikum first nation"""


def fold(text):
    text = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    text = "".join(c for c in text if not unicodedata.combining(c)).replace("'", "").replace("’", "")
    return " ".join(re.findall(r"[a-z0-9]+", text))


def rows(path):
    opened = gzip.open(path, "rt", encoding="utf-8", newline="")
    with opened as f:
        yield from csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)


def listed(text):
    return {fold(name) for line in text.splitlines() for name in line.split("|")}


def size(people):
    return "large_city" if people >= 100_000 else "small_city" if people >= 10_000 else "rural"


def communities(folder):
    north, remote = listed(NORTH), listed(REMOTE)
    found = defaultdict(dict)  # key -> province -> (population, settled)
    other = set()  # quarters and boroughs: no community of their own
    for row in rows(folder / "places_ca.tsv.gz"):
        key, province = fold(re.sub(r"\([^)]*\)", " ", row["key"])), row["admin1"]
        if len(key) < 3 or row["kind"] in ("province", "county", "region", "lhin", "oht", "campus", "indigenous_region"):
            continue
        if row["kind"] in ("neighbourhood", "borough"):
            other.add(key)
            continue
        people = int(float(row["population"] or 0))
        if province:
            found[key][province] = max(found[key].get(province, 0), people)
    # A place of the same name elsewhere in the world counts when it is the larger one.
    world = defaultdict(int)
    for row in rows(folder / "places_world.tsv.gz"):
        world[fold(row["key"])] = max(world[fold(row["key"])], int(float(row["population"] or 0)))
    lines = []
    for key in sorted(found.keys() | north | remote):
        if key in remote:
            lines.append((key, "remote", "ON-N", 0))
            continue
        places = found.get(key, {})
        if key in north:
            people = places.get("ON", 0)
            lines.append((key, size(people), "ON-N", people))
            continue
        ranked = sorted(places.items(), key=lambda p: (-p[1], p[0]))
        (province, most), rest = ranked[0], [p for _, p in ranked[1:]]
        if world[key] > max(most, 50_000) or (key in other and most < 10_000):
            continue
        clear = not rest or (most >= 10_000 and most >= 10 * max(rest))
        kind = size(most)
        if kind == "rural" and province in ("NU", "NT", "YT"):
            kind = "remote"
        if clear:
            lines.append((key, kind, province, most))
        elif all(size(p) == kind for p in rest):
            lines.append((key, "rural" if kind == "remote" else kind, "", 0))
    put("communities", ["# Communities of Canada: folded name, size, region, population where known. See source.toml."],
        ["\t".join([key, kind, region, str(people or "")]) for key, kind, region, people in lines])


def occupations(folder):
    best = {}
    for row in rows(folder / "professions.tsv.gz"):
        key, code = fold(row["term"]), row["isco08"]
        if not re.fullmatch(r"\d{2,4}", code) or len(key) < 3 or len(key.split()) > 3:
            continue
        rank = (row["kind"] != "pref", len(key), code)
        if key not in best or rank < best[key][0]:
            best[key] = (rank, code[:2])
    for code, terms in HAND.items():
        for key in terms.split("|"):
            best[key] = ((), code)
    put("occupations", ["# Occupations: folded name, sub-major group of ISCO-08. See source.toml."],
        [f"{key}\t{code}" for key, (_, code) in sorted(best.items())])


# Everyday words that the lists have only in longer terms.
HAND = {
    "22": "nurse|registered nurse|rn|rpn|nurse practitioner|np|family physician|family doctor|physician|doctor|surgeon|specialist"
          "|medecin|medecin de famille|infirmiere|infirmier|infirmiere praticienne|chirurgien|chirurgienne|pharmacienne|pharmacien",
    "32": "paramedic|ambulancier|ambulanciere|physiotherapy assistant|massage therapist|massotherapeute",
    "53": "psw|personal support worker|prepose aux beneficiaires|preposee aux beneficiaires|educatrice|caregiver",
    "83": "school bus driver|bus driver|driver|chauffeur|chauffeur d autobus|chauffeur d autobus scolaire|camionneur|camionneuse"
          "|heavy equipment operator|long haul trucker|forklift operator",
    "81": "miner|mill worker|factory worker|machine operator|mineur|mineuse|journalier d usine",
    "93": "labourer|construction labourer|warehouse worker|journalier|journaliere|manoeuvre",
    "71": "construction worker|carpenter|roofer|plumber|charpentier|menuisier|couvreur|plombier",
    "72": "mechanic|millwright|mecanicien|mecanicienne", "74": "electrician|electricien|electricienne",
    "23": "teacher|elementary teacher|enseignant|enseignante|professeur|professeure",
    "62": "logger|lumberjack|fisherman|trapper|bucheron|pecheur|trappeur", "61": "dairy farmer|agriculteur|agricultrice",
    "51": "cook|waitress|waiter|hairdresser|line cook|serveuse|serveur|coiffeuse|coiffeur", "91": "cleaner|housekeeper|concierge",
    "52": "cashier|caissier|caissiere|store clerk", "54": "police officer|firefighter|policier|policiere|pompier|security guard",
    "01": "soldier|soldat|military officer", "11": "mayor|chief|band councillor|maire|mairesse|chef de bande",
    "41": "secretary|secretaire|receptionist|office clerk",
}


def put(folder, head, lines):
    text = "\n".join(head + lines) + "\n"
    (RULES / folder / "terms.txt").write_text(text, encoding="utf-8")
    print(folder, len(lines))


def names(folder_in):
    # A stand-in that is a word of the dictionary reads like a slip: Case, Day, Rusty.
    words = {r["word"] for r in rows(folder_in / "words_en.tsv.gz") if (r["scowl_lower_size"] or "99") <= "60"}
    folder = RULES.parent / "corpus" / "lists" / "names"
    out = ["# Invented pairings of common names, by culture and gender: written by ../lexicons/make_generalisation.py from",
           "# corpus/lists/names. A surrogate is drawn from here; no entry stands for anybody.", ""]
    total = 0
    for path in sorted(folder.glob("*.surname.txt")):
        culture = path.name.split(".")[0]
        out.append(f"[{culture}]")
        for kind, key in (("given_f", "women"), ("given_m", "men"), ("surname", "surnames")):
            lines = (folder / f"{culture}.{kind}.txt").read_text(encoding="utf-8").splitlines()
            # One word each, in Latin letters: the shape of the name is the original's.
            items = sorted({l.strip() for l in lines if re.fullmatch(r"[A-ZÀ-Ý][a-zà-ÿ]{2,}", l.strip())
                            and l.strip().lower() not in words})
            total += len(items)
            out.append(f"{key} = [{', '.join(chr(34) + i + chr(34) for i in items)}]")
        out.append("")
    (RULES / "surrogates" / "names.toml").write_text("\n".join(out), encoding="utf-8")
    print("names", total)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    folder = parser.parse_args().folder
    communities(folder)
    occupations(folder)
    names(folder)
