//! Small closed classes of words that tell who or what comes next, in both languages.
//!
//! They are features of the tagger, and clues to the role of a person (patient, family, provider).

use crate::token::{WordMap, word_hash};
use std::sync::LazyLock;

/// What a word announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CueClass {
    /// Dr, Prof: a provider follows.
    ProviderTitle,
    /// Mr, Mme: a person follows.
    CivilTitle,
    /// Mother, sœur, conjoint.
    Kin,
    /// Patient, pt, usager.
    Patient,
    /// Nurse, physio, pharmacien, and other care roles.
    Provider,
    /// Lawyer, adjuster, boss, friend.
    OtherRole,
    /// MD, RN, FRCPC: behind a name.
    Credential,
    /// Lives, from, habite, demeure: a place follows.
    Place,
    /// Works, employed, travaille, chez: an employer follows.
    Work,
    /// Hospital, clinic, école: the head of an organisation's name.
    OrgHead,
    /// Called, named, surnommé, alias: a name follows.
    Naming,
    /// Said, reports, dit: a person stands beside.
    Saying,
    /// January, mars.
    Month,
    /// Street, rue.
    StreetWord,
}

use CueClass as C;

const WORDS: &[(C, &str)] = &[
    (
        C::ProviderTitle,
        "dr drs dre dres doctor docteur docteure prof professor professeur professeure pr pre physician nurse sister",
    ),
    (
        C::CivilTitle,
        "mr mrs ms miss mx mme mmes mlle mlles mm monsieur madame mademoiselle me maitre sir rev chief elder sgt cpl pte capt maj const constable officer judge justice hon imam rabbi father abbe soeur aine ainee kokum nana auntie uncle oncle tante",
    ),
    (
        C::Kin,
        "mother father mom dad mum parents parent son daughter brother sister sibling husband wife spouse partner ex fiance fiancee boyfriend girlfriend uncle aunt cousin nephew niece grandmother grandfather grandma grandpa grandson granddaughter nana kokum moshum stepson stepdaughter stepfather stepmother twin roommate guardian hubby kids children bro sis mere pere maman papa fils fille filles garcon frere soeur conjoint conjointe mari epoux epouse femme copain copine chum blonde oncle tante cousine neveu niece grand jumeau jumelle colocataire tuteur tutrice enfants gendre bru dtr hsb",
    ),
    (
        C::Patient,
        "patient patiente pt pts client cliente resident residente usager usagere beneficiaire name nom prenom surname",
    ),
    (
        C::Provider,
        "rn np rpn lpn md gp fp pcp mrp surgeon anesthesiologist anesthetist psychiatrist psychologist physio physiotherapist chiro chiropractor pharmacist neurologist rheumatologist radiologist orthopod oncologist internist hospitalist resident counsellor counselor therapist presenter preceptor consultant infirmier infirmiere ips medecin chirurgien chirurgienne pharmacien pharmacienne ergotherapeute physiotherapeute psychologue psychiatre travailleur travailleuse intervenant intervenante anesthesiste neurologue rhumatologue radiologiste",
    ),
    (
        C::OtherRole,
        "lawyer adjuster boss supervisor coworker landlord friend neighbour neighbor worker manager foreman teacher interpreter sponsor employer contact poa sdm nok attorney paralegal officer case avocat avocate agent agente patron contremaitre ami amie voisin voisine collegue interprete mandataire temoin witness",
    ),
    (
        C::Credential,
        "md frcpc frcsc ccfp fcfp rn np rpn lpn phd psyd pharmd mbbs rph rpht pt ot rmt rd rsw msw bsw cpsych dc nd dds mdcm bscn mscn mn aprn pa ccpa inf ips pht erg ts cspq do fcmf cmq chn cpnp fnp",
    ),
    (
        C::Place,
        "lives live living lived resides residing reside from near moved relocated born raised grew travels drives flew flown town village city community reserve habite demeure reside vit vient natif native originaire pres ville municipalite communaute rural north south east west",
    ),
    (
        C::Work,
        "works work worked working employed employer job hired retired laid driver foreman shift shifts travaille travaillait employe employee employeur emploi engage retraite usine mine company compagnie firm business",
    ),
    (
        C::OrgHead,
        "hospital hopital clinic clinique centre center pharmacy pharmacie school ecole university universite college health sante lodge manor residence foyer home mine mill farm farms inc ltd ltee llp co corp company construction trucking transport logistics foods services service association church eglise board commission institute institut team fht chc clsc cisss ciusss chu chsld gmf gmfu nation band council office bureau shelter treatment rehab laboratory lab imaging department unit bakery regional memorial retirement residences school academy committee society club league wellness associates partners group medical physio physiotherapy dental chiropractic counselling detachment courthouse jail penitentiary mosque temple parish gurdwara synagogue friendship legion orchards greenhouses lumber sawmill fisheries motors bros sons enterprises industries holdings restaurant hotel salon garage scierie garderie ferme entreprises pavillon manoir maison polyclinique dispensaire caisse paroisse syndicat commission",
    ),
    (
        C::Naming,
        "named called goes aka alias nickname nicknamed known nee born surnomme surnommee nomme nommee prenomme appele appelee dit dite connu connue",
    ),
    (
        C::Saying,
        "says said reports reported states stated told notes noted asks asked thinks feels denies agrees wrote called phoned dit rapporte mentionne affirme explique demande nie croit pense appelle",
    ),
    (
        C::Month,
        "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre janv fev fevr avr juil",
    ),
    (
        C::StreetWord,
        "street st avenue ave road rd drive dr boulevard blvd boul crescent cres court lane way rue chemin ch rang route rte montee cote place highway hwy line concession sideroad apt suite unit app",
    ),
];

static BY_HASH: LazyLock<WordMap<u16>> = LazyLock::new(|| {
    let mut map: WordMap<u16> = WordMap::default();
    for &(class, words) in WORDS {
        for word in words.split(' ') {
            *map.entry(word_hash(word.as_bytes())).or_default() |= 1 << class as u16;
        }
    }
    map
});

/// The classes of a word, as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CueSet(pub(super) u16);

impl CueSet {
    /// The classes of the word of this hash.
    pub(super) fn of(hash: u64) -> Self {
        Self(BY_HASH.get(&hash).copied().unwrap_or(0))
    }

    /// True when the word is of this class.
    pub(super) fn has(self, class: C) -> bool {
        self.0 & (1 << class as u16) != 0
    }
}
