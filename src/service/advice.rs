//! How to write it safely: one sentence for each kind of identifier, in English and French.

use crate::entity::EntityType;
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// Advice in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Advice {
    /// In English.
    #[schema(example = "Write the relation, not the name: \"her daughter\".")]
    #[schema(value_type = String)]
    pub(super) en: Cow<'static, str>,
    /// In French.
    #[schema(value_type = String)]
    pub(super) fr: Cow<'static, str>,
}

/// What to write instead of an identifier of that type.
pub(super) fn advice(entity: EntityType) -> Advice {
    use EntityType as E;
    let (en, fr) = match entity {
        E::PersonPatient => (
            "Leave the name out: write \"the patient\" or \"she\".",
            "Omettez le nom : écrivez « la patiente », « le patient » ou « elle ».",
        ),
        E::PersonFamily => (
            "Write the relation, not the name: \"her daughter\".",
            "Écrivez le lien, pas le nom : « sa fille ».",
        ),
        E::PersonProvider => (
            "Write the role, not the name: \"the rheumatologist\".",
            "Écrivez le rôle, pas le nom : « la rhumatologue ».",
        ),
        E::PersonOther => (
            "Write who it is to the patient, not the name: \"a neighbour\".",
            "Écrivez qui c'est pour la personne, pas le nom : « un voisin ».",
        ),
        E::Initials => (
            "Leave initials out: write \"the patient\" or the role.",
            "Omettez les initiales : écrivez « la patiente » ou le rôle.",
        ),
        E::Username | E::Email | E::Phone | E::Fax | E::Url | E::IpMac => (
            "Leave contact details and addresses on the net out.",
            "Omettez les coordonnées et les adresses en ligne.",
        ),
        E::Profession => (
            "Write the demands of the work: \"heavy lifting\", \"desk work\".",
            "Écrivez les exigences du travail : « port de charges », « travail de bureau ».",
        ),
        E::Organization => (
            "Write the kind: \"her employer\", \"a school\", \"the insurer\".",
            "Écrivez le genre : « son employeur », « une école », « l'assureur ».",
        ),
        E::Facility => (
            "Write the kind: \"a local hospital\", \"a walk-in clinic\".",
            "Écrivez le genre : « un hôpital de la région », « une clinique sans rendez-vous ».",
        ),
        E::Street | E::Unit | E::PostalCode | E::Fsa | E::Geocode | E::Room => {
            ("Leave the address out.", "Omettez l'adresse.")
        }
        E::City => (
            "Write the kind of place: \"a small northern town\".",
            "Écrivez le genre de lieu : « une petite ville du Nord ».",
        ),
        E::Province | E::Country => (
            "Write it only when it matters to the case.",
            "Écrivez-le seulement si cela compte pour le cas.",
        ),
        E::Age90 => ("Write \"90 or older\".", "Écrivez « 90 ans ou plus »."),
        E::Date | E::Holiday => (
            "Write how long ago or how long after: \"two weeks after surgery\".",
            "Écrivez depuis quand ou combien de temps après : « deux semaines après l'opération ».",
        ),
        E::DateOfBirth => {
            ("Write the age in years: \"62 years old\".", "Écrivez l'âge en années : « 62 ans ».")
        }
        E::Biometric => (
            "Leave photographs, recordings and marks out; describe the clinical sign.",
            "Omettez photos, enregistrements et marques ; décrivez le signe clinique.",
        ),
        E::Ethnicity => (
            "Write it only when it matters to care, and in broad words.",
            "Écrivez-le seulement si cela compte pour les soins, et en termes larges.",
        ),
        _ => (
            "Leave the number out; the hub needs none to discuss the case.",
            "Omettez le numéro ; le centre n'en a pas besoin pour discuter du cas.",
        ),
    };
    Advice { en: en.into(), fr: fr.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_advice_in_both_languages() {
        for &entity in EntityType::ALL {
            let Advice { en, fr } = advice(entity);
            assert!(en.ends_with('.') && fr.ends_with('.') && en != fr, "{entity}");
        }
        assert!(advice(EntityType::PersonFamily).en.contains("\"her daughter\""));
        assert!(advice(EntityType::PersonFamily).fr.contains("« sa fille »"));
    }
}
