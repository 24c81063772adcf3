//! What was found: entity types, scores, and the evidence for each decision.
//!
//! Nothing in this file can hold a piece of a case: a candidate knows where, not what.

use crate::span::{ByteSpan, ViewSpan};
use std::fmt;
use std::sync::Arc;

macro_rules! entity_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $tag:literal, $tag_fr:literal;)*) => {
        /// A kind of identifier: the project's taxonomy. Its crosswalks to HIPAA, PHIPA, i2b2 and
        /// Presidio are data, in `rules/taxonomy.toml`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntityType { $($(#[$doc])* $variant,)* }

        impl EntityType {
            /// Every type, in the order of the taxonomy.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name used in rule files, answers and corpora, such as `HEALTH_NUMBER`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The word inside an English role tag: `[PATIENT-1]`.
            pub fn tag(self) -> &'static str {
                match self { $(Self::$variant => $tag,)* }
            }

            /// The word inside a French role tag.
            pub fn tag_fr(self) -> &'static str {
                match self { $(Self::$variant => $tag_fr,)* }
            }

            /// The type of that stable name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

entity_types! {
    /// The person the case is about.
    PersonPatient = "PERSON_PATIENT", "PATIENT", "PATIENT";
    /// A relative or household member.
    PersonFamily = "PERSON_FAMILY", "FAMILY", "PROCHE";
    /// A clinician or other care provider; identifying in a small community.
    PersonProvider = "PERSON_PROVIDER", "PROVIDER", "SOIGNANT";
    /// Anybody else: lawyer, adjuster, neighbour, or a person whose role is not told.
    PersonOther = "PERSON_OTHER", "PERSON", "PERSONNE";
    /// A login, user name or social handle.
    Username = "USERNAME", "USERNAME", "UTILISATEUR";
    /// Initials that stand for a person.
    Initials = "INITIALS", "INITIALS", "INITIALES";
    /// An occupation.
    Profession = "PROFESSION", "OCCUPATION", "PROFESSION";
    /// An employer, school, insurer, agency or other organisation.
    Organization = "ORGANIZATION", "ORGANIZATION", "ORGANISATION";
    /// A hospital, clinic, pharmacy or care home.
    Facility = "FACILITY", "FACILITY", "ETABLISSEMENT";
    /// A civic address.
    Street = "STREET", "ADDRESS", "ADRESSE";
    /// A unit, post-office box, rural route, or lot and concession.
    Unit = "UNIT", "ADDRESS", "ADRESSE";
    /// A town, city, reserve, county or neighbourhood.
    City = "CITY", "COMMUNITY", "VILLE";
    /// A province, territory or state.
    Province = "PROVINCE", "PROVINCE", "PROVINCE";
    /// A country.
    Country = "COUNTRY", "COUNTRY", "PAYS";
    /// A full postal or ZIP code.
    PostalCode = "POSTAL_CODE", "POSTAL-CODE", "CODE-POSTAL";
    /// The first three characters of a postal code.
    Fsa = "FSA", "POSTAL-CODE", "CODE-POSTAL";
    /// Coordinates and other geocodes.
    Geocode = "GEOCODE", "GEOCODE", "GEOCODE";
    /// A room, bed or ward number.
    Room = "ROOM", "ROOM", "CHAMBRE";
    /// An age of 90 or more.
    Age90 = "AGE_90", "AGE", "AGE";
    /// A date with at least a month or a year.
    Date = "DATE", "DATE", "DATE";
    /// A date of birth.
    DateOfBirth = "DATE_OF_BIRTH", "BIRTH-DATE", "DATE-NAISSANCE";
    /// A holiday, season or weekday.
    Holiday = "HOLIDAY", "DATE", "DATE";
    /// A telephone number.
    Phone = "PHONE", "PHONE", "TELEPHONE";
    /// A fax number.
    Fax = "FAX", "FAX", "TELECOPIEUR";
    /// An e-mail address.
    Email = "EMAIL", "EMAIL", "COURRIEL";
    /// A Canadian social insurance number.
    Sin = "SIN", "SIN", "NAS";
    /// A United States social security number.
    Ssn = "SSN", "SSN", "SSN";
    /// A provincial, territorial or federal health number.
    HealthNumber = "HEALTH_NUMBER", "HEALTH-NUMBER", "NUMERO-SANTE";
    /// A medical record, chart, encounter or accession number.
    Mrn = "MRN", "RECORD", "DOSSIER";
    /// A claim, policy, member or benefit number.
    Claim = "CLAIM", "CLAIM", "RECLAMATION";
    /// A prescription number.
    RxNumber = "RX_NUMBER", "RX", "ORDONNANCE";
    /// A bank account or payment card.
    Bank = "BANK", "ACCOUNT", "COMPTE";
    /// A professional licence or billing number.
    ProfLicence = "PROF_LICENCE", "LICENCE", "PERMIS";
    /// A driver licence, passport, status card, service or immigration number.
    GovId = "GOV_ID", "ID", "ID";
    /// A licence plate or vehicle identification number.
    Vehicle = "VEHICLE", "VEHICLE", "VEHICULE";
    /// A device serial number.
    DeviceSerial = "DEVICE_SERIAL", "DEVICE", "APPAREIL";
    /// A web address.
    Url = "URL", "URL", "URL";
    /// An IP or MAC address.
    IpMac = "IP_MAC", "ADDRESS-IP", "ADRESSE-IP";
    /// A biometric mark, photo or voice recording.
    Biometric = "BIOMETRIC", "BIOMETRIC", "BIOMETRIE";
    /// A nation, ethnicity, language or religion.
    Ethnicity = "ETHNICITY", "GROUP", "GROUPE";
    /// A number that identifies, of a kind that could not be told.
    Id = "ID", "ID", "ID";
}

impl EntityType {
    /// True for the types whose value is a person's name or stands for one.
    pub fn is_person(self) -> bool {
        matches!(
            self,
            Self::PersonPatient
                | Self::PersonFamily
                | Self::PersonProvider
                | Self::PersonOther
                | Self::Initials
        )
    }

    /// The group of types that this one may be taken for without harm.
    pub fn group(self) -> Group {
        match self {
            Self::PersonPatient
            | Self::PersonFamily
            | Self::PersonProvider
            | Self::PersonOther
            | Self::Initials
            | Self::Username => Group::Person,
            Self::Date | Self::DateOfBirth | Self::Holiday | Self::Age90 => Group::Time,
            Self::Street
            | Self::Unit
            | Self::City
            | Self::Province
            | Self::Country
            | Self::PostalCode
            | Self::Fsa
            | Self::Geocode
            | Self::Room => Group::Place,
            Self::Phone | Self::Fax | Self::Email | Self::Url | Self::IpMac => Group::Contact,
            Self::Organization | Self::Facility => Group::Organisation,
            Self::Profession | Self::Ethnicity | Self::Biometric => Group::Trait,
            Self::Sin
            | Self::Ssn
            | Self::HealthNumber
            | Self::Mrn
            | Self::Claim
            | Self::RxNumber
            | Self::Bank
            | Self::ProfLicence
            | Self::GovId
            | Self::Vehicle
            | Self::DeviceSerial
            | Self::Id => Group::Number,
        }
    }
}

/// What an entity type is at large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Names, initials, user names.
    Person,
    /// Dates, holidays, high ages.
    Time,
    /// Places and the parts of an address.
    Place,
    /// Telephone, mail and network addresses.
    Contact,
    /// Organisations and facilities.
    Organisation,
    /// What a person is or does.
    Trait,
    /// Numbers of all kinds.
    Number,
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How sure a recognizer is, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Score(f32);

impl Score {
    /// Below this a candidate is reported as suppressed, not masked.
    pub const FLOOR: Self = Self(0.5);

    /// A score; values outside 0 to 1 are clamped, and a NaN counts as 1 (doubt masks).
    pub fn new(value: f32) -> Self {
        Self(if value.is_nan() { 1.0 } else { value.clamp(0.0, 1.0) })
    }

    /// The number, 0 to 1.
    pub fn value(self) -> f32 {
        self.0
    }
}

/// The public name of a rule, such as `ca.on.health_card`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The id, as written in the rule file.
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What spoke for or against a candidate. Ids, enums and numbers only, never text.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The rule or recognizer that proposed it.
    pub rule: RuleId,
    /// What the check digit said, where the rule has one.
    pub check_digit: Option<bool>,
    /// Distance in bytes of the view to the nearest cue of the rule, where one was in reach.
    pub cue_distance: Option<u32>,
    /// The tagger's probability that this is an identifier, where it was asked.
    pub model: Option<f32>,
    /// The tagger's strongest features, by name.
    pub features: Vec<&'static str>,
    /// True when another mention in the case made this one found.
    pub linked: bool,
}

impl Evidence {
    /// Evidence that names only the rule.
    pub fn of(rule: &RuleId) -> Self {
        Self {
            rule: rule.clone(),
            check_digit: None,
            cue_distance: None,
            model: None,
            features: Vec::new(),
            linked: false,
        }
    }
}

/// A span that a recognizer proposes, not yet decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Where, in the view.
    pub span: ViewSpan,
    /// As what.
    pub entity: EntityType,
    /// How sure.
    pub score: Score,
    /// Why.
    pub evidence: Evidence,
    /// True when this candidate speaks for keeping the span: it comes from a keep list.
    pub keep: bool,
}

/// A decided mention: these bytes of this field are to be masked.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Index of the field in the case.
    pub field: usize,
    /// Where, in that field's source text.
    pub span: ByteSpan,
    /// As what.
    pub entity: EntityType,
    /// How sure.
    pub score: Score,
    /// Why.
    pub evidence: Evidence,
    /// Mentions of one thing share a number within a case: the key of numbered tags.
    pub referent: u32,
}

/// Why a candidate was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// A keep list holds the span.
    KeepList,
    /// Its score is under the floor.
    LowScore,
    /// An accepted entity covers it.
    Covered,
}

impl Suppression {
    /// The stable name, such as `keep_list`.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeepList => "keep_list",
            Self::LowScore => "low_score",
            Self::Covered => "covered",
        }
    }
}

/// A candidate that was not accepted, and why: evidence for reviewers.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressed {
    /// Index of the field in the case.
    pub field: usize,
    /// Where, in that field's source text.
    pub span: ByteSpan,
    /// The candidate's type.
    pub entity: EntityType,
    /// The candidate's score.
    pub score: Score,
    /// The candidate's evidence.
    pub evidence: Evidence,
    /// The reason.
    pub reason: Suppression,
    /// The keep rule that spoke against it, if one did.
    pub by: Option<RuleId>,
}
