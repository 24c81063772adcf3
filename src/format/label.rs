//! What a label says about what stands under it: column heads, element names.

use crate::case::FieldPolicy;
use crate::decode::Form;
use crate::entity::EntityType as E;
use unicode_normalization::UnicodeNormalization;

/// Heads of columns and names of elements in exports, without spaces and accents, whose content is
/// an identifier whatever it says.
const IDENTIFIED: &[(&[&str], E)] = &[
    (
        &[
            "ptname",
            "patient",
            "patientfirstname",
            "patientlastname",
            "patientsurname",
            "firstname",
            "lastname",
            "middlename",
            "givenname",
            "familyname",
            "surname",
            "forename",
            "maidenname",
            "fullname",
            "legalname",
            "nompatient",
            "nomdupatient",
            "nomdelapatiente",
            "nomdefamille",
            "prenom",
            "prenompatient",
            "nomprenom",
            "alias",
        ],
        E::PersonPatient,
    ),
    (
        &[
            "mothername",
            "fathername",
            "spousename",
            "nextofkin",
            "emergencycontact",
            "nomdelamere",
            "nomdupere",
            "proche",
            "kinname",
            "guardianname",
        ],
        E::PersonFamily,
    ),
    (
        &[
            "provider",
            "providername",
            "physician",
            "physicianname",
            "doctor",
            "doctorname",
            "familyphysician",
            "familydoctor",
            "referringphysician",
            "referringprovider",
            "orderingprovider",
            "attendingphysician",
            "medecin",
            "nommedecin",
            "medecintraitant",
            "medecinreferent",
            "clinician",
            "clinicianname",
            "nurse",
            "author",
            "signedby",
        ],
        E::PersonProvider,
    ),
    (
        &[
            "ohip",
            "ohipnumber",
            "hcn",
            "hcnumber",
            "healthcard",
            "healthcardnumber",
            "healthnumber",
            "healthinsurancenumber",
            "phn",
            "nam",
            "numeroassurancemaladie",
            "carteassurancemaladie",
            "cartesante",
            "medicare",
            "ramq",
        ],
        E::HealthNumber,
    ),
    (
        &[
            "mrn",
            "medicalrecordnumber",
            "chart",
            "chartno",
            "chartnumber",
            "chartid",
            "patientid",
            "patientnumber",
            "ptid",
            "nodossier",
            "numerodossier",
            "dossier",
            "encounterid",
            "encounternumber",
            "visitnumber",
            "accession",
            "accessionnumber",
            "idpatient",
        ],
        E::Mrn,
    ),
    (
        &["dob", "birthdate", "dateofbirth", "ddn", "datedenaissance", "datenaissance", "birth"],
        E::DateOfBirth,
    ),
    (
        &[
            "phone",
            "phonenumber",
            "telephone",
            "telephonenumber",
            "tel",
            "cell",
            "cellphone",
            "mobile",
            "homephone",
            "workphone",
            "numerotelephone",
            "cellulaire",
            "pager",
        ],
        E::Phone,
    ),
    (&["fax", "faxnumber", "telecopieur"], E::Fax),
    (&["email", "emailaddress", "courriel", "adressecourriel"], E::Email),
    (&["sin", "sinnumber", "socialinsurancenumber", "nas"], E::Sin),
    (&["ssn", "socialsecuritynumber"], E::Ssn),
    (
        &[
            "address",
            "address1",
            "address2",
            "streetaddress",
            "street",
            "addressline1",
            "addressline2",
            "mailingaddress",
            "homeaddress",
            "adresse",
            "adresse1",
            "rue",
            "adressepostale",
        ],
        E::Street,
    ),
    (&["city", "town", "ville", "municipality", "municipalite", "county"], E::City),
    (&["postalcode", "postcode", "codepostal", "zip", "zipcode"], E::PostalCode),
    (&["employer", "employeur", "employername"], E::Organization),
    (&["cpso", "cpsonumber", "npi", "billingnumber", "licencenumber"], E::ProfLicence),
    (&["username", "login", "userid", "utilisateur"], E::Username),
    (&["claimnumber", "claimno", "policynumber", "wsibclaim", "numeroreclamation"], E::Claim),
    (&["driverlicence", "driverslicence", "passport", "passportnumber"], E::GovId),
    (&["ip", "ipaddress", "macaddress"], E::IpMac),
    (&["latitude", "longitude", "gps", "coordinates"], E::Geocode),
    (&["serialnumber", "deviceserial", "deviceserialnumber"], E::DeviceSerial),
];

/// What becomes of what stands under a label: by the form first, then by what exports call it.
/// A label never lets text pass unsearched.
pub(super) fn policy(form: Option<&Form>, label: &str) -> FieldPolicy {
    if let Some(rule) = form.and_then(|f| f.field_for(label)) {
        match rule.policy {
            FieldPolicy::Mask(entity) => return FieldPolicy::Mask(entity),
            FieldPolicy::Drop => return FieldPolicy::Drop,
            FieldPolicy::Scrub | FieldPolicy::Keep => return FieldPolicy::Scrub,
        }
    }
    let key = key(label);
    let known = IDENTIFIED.iter().find(|(names, _)| names.contains(&key.as_str()));
    known.map_or(FieldPolicy::Scrub, |&(_, entity)| FieldPolicy::Mask(entity))
}

/// True for a label that every export has and that names nobody.
pub(super) fn is_common(label: &str) -> bool {
    const COMMON: &[&str] = &[
        "id",
        "note",
        "notes",
        "date",
        "score",
        "name",
        "nom",
        "age",
        "sex",
        "sexe",
        "gender",
        "type",
        "status",
        "comment",
        "comments",
        "diagnosis",
        "diagnostic",
        "medication",
        "medications",
        "dose",
        "text",
        "texte",
        "value",
        "valeur",
        "unit",
        "result",
        "question",
        "summary",
        "history",
        "reason",
        "time",
        "code",
        "title",
        "description",
        "visit",
    ];
    COMMON.contains(&key(label).as_str()) || policy(None, label) != FieldPolicy::Scrub
}

/// Letters and digits, without accents, in lower case.
pub(super) fn key(label: &str) -> String {
    label.nfd().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_however_they_are_spelt() {
        for (label, expected) in [
            ("Date of Birth", FieldPolicy::Mask(E::DateOfBirth)),
            ("N° DOSSIER", FieldPolicy::Scrub),
            ("no_dossier", FieldPolicy::Mask(E::Mrn)),
            ("Téléphone", FieldPolicy::Mask(E::Phone)),
            ("Diagnosis", FieldPolicy::Scrub),
        ] {
            assert_eq!(policy(None, label), expected, "{label}");
        }
    }
}
