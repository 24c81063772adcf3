//! The words of the report in both languages.

/// The same in English and French.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) en: &'static str,
    pub(super) fr: &'static str,
}

macro_rules! words {
    ($($name:ident = $en:literal, $fr:literal;)*) => {
        $(pub(super) const $name: Words = Words { en: $en, fr: $fr };)*
    };
}

words! {
    TITLE = "De-identification report", "Rapport de dépersonnalisation";
    OUTCOME = "What became of the documents", "Sort des documents";
    RELEASED = "released", "transmis";
    HELD = "held", "retenus";
    REFUSED = "refused", "refusés";
    QUARANTINED = "quarantined", "mis en quarantaine";
    DOCUMENTS = "documents", "documents";
    INPUTS = "input files", "fichiers d'entrée";
    TYPES = "Pieces masked, by type", "Éléments masqués, par type";
    TYPE = "type", "type";
    SOURCES = "Pieces masked, by source and type", "Éléments masqués, par source et type";
    SOURCE = "read as", "lu comme";
    RISK = "Released documents by candidates that were not masked", "Documents transmis selon les candidats non masqués";
    CANDIDATES = "candidates", "candidats";
    RULES = "Most frequent rules", "Règles les plus fréquentes";
    RULE = "rule", "règle";
    WHY_NOT = "Not released: reasons", "Non transmis : motifs";
    STATUS = "status", "état";
    REASON = "reason", "motif";
    FIRST = "first input", "première entrée";
    COUNT = "count", "nombre";
    OUTLIERS = "To look at first", "À examiner d'abord";
    OUTPUT = "output", "sortie";
    INPUT = "input", "entrée";
    MASKED = "masked", "masqués";
    RESIDUAL = "What may have been let through: an estimate", "Ce qui a pu passer : une estimation";
    NO_SIGNATURE = "These are estimates, not results. A bound to be signed comes only from a reviewed random sample: draw one with --sample N.", "Ce sont des estimations, non des résultats. Seul un échantillon aléatoire révisé donne une borne à signer : tirez-en un avec --sample N.";
    METHOD = "method", "méthode";
    GUESS = "pieces per 1,000 documents", "éléments pour 1 000 documents";
    UPPER = "at most, at 95 %", "au plus, à 95 %";
    ASSUMES = "assumes", "suppose";
    RECAPTURE = "capture-recapture, rules and tagger", "capture-recapture, règles et étiqueteur";
    CANARIES = "canaries put into copies", "canaris placés dans des copies";
    RECAPTURE_ASSUMES = "rules and tagger miss independently of each other; what both miss for the same reason is not counted, and then the bound is too low: in trials with a weakened tagger, for most archives", "règles et étiqueteur manquent indépendamment; ce que les deux manquent pour la même raison n'est pas compté, et la borne est alors trop basse : lors d'essais avec un étiqueteur affaibli, pour la plupart des archives";
    CANARIES_ASSUME = "identifiers are missed as often as our canaries; real ones may be harder to find", "les identifiants sont manqués aussi souvent que nos canaris; les vrais peuvent être plus difficiles";
    SAMPLE = "Random sample for review", "Échantillon aléatoire à réviser";
    SAMPLE_HOW = "Review these documents and count those with a leak: the table says how many of 1,000 released documents have one at most (95 %, exact, Clopper and Pearson).", "Révisez ces documents et comptez ceux qui ont une fuite : le tableau dit combien de documents transmis sur 1 000 en ont une au plus (95 %, exact, Clopper et Pearson).";
    LEAKY = "documents with a leak", "documents avec une fuite";
    SEED = "seed", "germe";
    SPEED = "Throughput of the last run", "Débit de la dernière exécution";
    IN_FORCE = "In force", "En vigueur";
    POLICY = "policy", "politique";
    DIGEST = "digest of the rules", "empreinte des règles";
    MODEL = "digest of the tagger", "empreinte de l'étiqueteur";
    NONE = "none", "aucun";
}
