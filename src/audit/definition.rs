//! What each figure of an audit means: formula and interval, in both languages of the report.

use serde::Serialize;

/// A figure, defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// Its key in the JSON.
    pub key: &'static str,
    /// Its name in English.
    pub name: &'static str,
    /// Its name in French.
    #[serde(skip)]
    pub name_fr: &'static str,
    /// Its formula.
    pub formula: &'static str,
    /// Its formula in French.
    #[serde(skip)]
    pub formula_fr: &'static str,
    /// How its interval is computed.
    pub interval: &'static str,
}

/// Of counts: both are given.
const SHARE: &str = "Wilson (z = 1.95996); Clopper-Pearson";
/// Of what is no share of independent things.
const DRAWN: &str = "bootstrap: 2000 × documents";

const fn define(
    key: &'static str,
    [name, name_fr]: [&'static str; 2],
    [formula, formula_fr]: [&'static str; 2],
    interval: &'static str,
) -> Definition {
    Definition { key, name, name_fr, formula, formula_fr, interval }
}

/// All figures, in the order of the report.
pub const DEFINITIONS: [Definition; 17] = [
    define(
        "span.full_recall",
        ["Recall (micro)", "Rappel (micro)"],
        [
            "labels of which no letter or digit leaks / labels",
            "étiquettes dont aucune lettre ni aucun chiffre ne fuit / étiquettes",
        ],
        SHARE,
    ),
    define(
        "macro.recall",
        ["Recall (macro)", "Rappel (macro)"],
        ["mean over the types of their recall", "moyenne des rappels des types"],
        DRAWN,
    ),
    define(
        "token.recall",
        ["Token recall", "Rappel par mot"],
        [
            "tokens (runs of letters and digits) with labelled characters, all of them masked / tokens with labelled characters",
            "mots (suites de lettres et de chiffres) étiquetés dont chaque caractère étiqueté est masqué / mots étiquetés",
        ],
        SHARE,
    ),
    define(
        "char.recall",
        ["Character recall", "Rappel par caractère"],
        [
            "labelled visible characters that are masked / labelled visible characters",
            "caractères visibles étiquetés et masqués / caractères visibles étiquetés",
        ],
        SHARE,
    ),
    define(
        "token.precision",
        ["Token precision", "Précision par mot"],
        ["masked labelled tokens / masked tokens", "mots étiquetés masqués / mots masqués"],
        SHARE,
    ),
    define(
        "over_redaction.rate",
        ["Over-redaction", "Masquage excessif"],
        [
            "masked tokens without label / tokens without label",
            "mots masqués sans étiquette / mots sans étiquette",
        ],
        SHARE,
    ),
    define(
        "clinical_retention.rate",
        ["Clinical retention", "Rétention clinique"],
        [
            "drugs, diseases, anatomy, procedures, doses, scores, levels outside of labels that are not masked / all of them",
            "médicaments, maladies, anatomie, actes, doses, scores, niveaux hors étiquettes et non masqués / tous",
        ],
        SHARE,
    ),
    define(
        "doc.zero_leak_rate",
        ["Documents without a leak", "Documents sans fuite"],
        [
            "documents with labels of which none leaks / documents with labels",
            "documents étiquetés dont aucune étiquette ne fuit / documents étiquetés",
        ],
        SHARE,
    ),
    define(
        "entities.persons",
        ["All-mentions recall of persons", "Rappel de toutes les mentions d'une personne"],
        [
            "persons of whom every mention is fully masked / persons of a document (TAB)",
            "personnes dont chaque mention est entièrement masquée / personnes d'un document (TAB)",
        ],
        SHARE,
    ),
    define(
        "entities.direct",
        [
            "All-mentions recall, direct identifiers",
            "Rappel de toutes les mentions, identifiants directs",
        ],
        [
            "the same of persons and things of PHIPA classes direct and stated",
            "de même, personnes et choses des classes directe et nommée (LPRPS)",
        ],
        SHARE,
    ),
    define(
        "entities.quasi",
        [
            "All-mentions recall, quasi-identifiers",
            "Rappel de toutes les mentions, quasi-identifiants",
        ],
        ["the same of PHIPA class quasi", "de même, classe quasi (LPRPS)"],
        SHARE,
    ),
    define(
        "typed.strict",
        ["Strict typed F1 (i2b2, nervaluate)", "F1 typée stricte (i2b2, nervaluate)"],
        [
            "2PR/(P+R); P = correct / predicted, R = correct / labels; correct: same borders and type",
            "2PR/(P+R); P = corrects / prédits, R = corrects / étiquettes; correct : mêmes bornes et même type",
        ],
        DRAWN,
    ),
    define(
        "typed.exact",
        ["Exact F1 (nervaluate)", "F1 exacte (nervaluate)"],
        ["the same; correct: same borders", "de même; correct : mêmes bornes"],
        DRAWN,
    ),
    define(
        "typed.partial",
        ["Partial F1 (nervaluate)", "F1 partielle (nervaluate)"],
        [
            "the same with correct + ½ partial; partial: overlap of at least 1 % with other borders",
            "de même avec corrects + ½ partiels; partiel : recouvrement d'au moins 1 %, autres bornes",
        ],
        DRAWN,
    ),
    define(
        "typed.ent_type",
        ["Type F1 (nervaluate)", "F1 de type (nervaluate)"],
        [
            "the same; correct: same type, any overlap",
            "de même; correct : même type, tout recouvrement",
        ],
        DRAWN,
    ),
    define(
        "calibration",
        ["Score calibration", "Étalonnage des scores"],
        [
            "predictions with a score in the bin that touch a label / predictions in the bin",
            "prédictions de la tranche de score qui touchent une étiquette / prédictions de la tranche",
        ],
        SHARE,
    ),
    define(
        "comparison",
        ["Difference from an earlier audit", "Écart avec un audit antérieur"],
        [
            "new − old on the documents of both, drawn together; p = 2 min(P(Δ ≤ 0), P(Δ ≥ 0))",
            "nouveau − ancien sur les documents communs, tirés ensemble; p = 2 min(P(Δ ≤ 0), P(Δ ≥ 0))",
        ],
        DRAWN,
    ),
];
