//! What elements and attributes of CDA and of CDS exports hold, by their names and by what stands
//! around them.

use crate::case::FieldPolicy;
use crate::decode::Form;
use crate::entity::EntityType as E;
use crate::format::label;

/// True for values of attributes that are codes: no spaces, no long number, unless a code system
/// stands beside them.
pub(super) fn is_code(name: &str, text: &str, coded: bool) -> bool {
    const CODES: &[&str] = &[
        "code",
        "codeSystem",
        "codeSystemName",
        "classCode",
        "moodCode",
        "typeCode",
        "type",
        "nullFlavor",
        "use",
        "root",
        "ID",
        "id",
        "unit",
        "mediaType",
        "representation",
        "operator",
        "determinerCode",
        "contextControlCode",
        "styleCode",
        "inversionInd",
        "schemaLocation",
        "templateId",
        "version",
        "lang",
        "space",
        "typeId",
        "negationInd",
        "unsorted",
        "institutionSpecified",
        "border",
        "width",
        "align",
        "qualifier",
        "assigningAuthorityName",
    ];
    let mut run = 0;
    let longest = text
        .bytes()
        .map(|b| {
            run = if b.is_ascii_digit() { run + 1 } else { 0 };
            run
        })
        .max()
        .unwrap_or(0);
    let oid = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    CODES.contains(&name)
        && (!text.contains(char::is_whitespace)
            || matches!(name, "schemaLocation" | "codeSystemName" | "assigningAuthorityName"))
        && (longest < 7 || oid && text.contains('.') || name == "code" && coded)
}

pub(super) fn telecom(text: &str) -> E {
    if text.starts_with("mailto:") || text.contains('@') {
        E::Email
    } else if text.starts_with("fax:") {
        E::Fax
    } else if text.starts_with("http") {
        E::Url
    } else {
        E::Phone
    }
}

/// Who an identifier belongs to.
pub(super) fn identifier(path: &[String]) -> E {
    match person(path) {
        E::PersonProvider => E::ProfLicence,
        _ => E::Mrn,
    }
}

/// Whose names stand here, by the elements around.
fn person(path: &[String]) -> E {
    const PROVIDER: &[&str] = &[
        "author",
        "assigned",
        "physician",
        "provider",
        "authenticator",
        "performer",
        "custodian",
        "dataenterer",
        "informant",
        "doctor",
        "prescrib",
        "review",
        "recipient",
        "responsible",
        "encounterparticipant",
        "attend",
        "representedorganization",
    ];
    const FAMILY: &[&str] = &[
        "guardian",
        "contact",
        "related",
        "nextofkin",
        "participant",
        "mother",
        "father",
        "spouse",
    ];
    for element in path.iter().rev() {
        let element = element.to_ascii_lowercase();
        if PROVIDER.iter().any(|p| element.contains(p)) {
            return E::PersonProvider;
        }
        if FAMILY.iter().any(|p| element.contains(p)) {
            return E::PersonFamily;
        }
    }
    E::PersonPatient
}

/// What becomes of text under an element or attribute.
pub(super) fn policy(form: Option<&Form>, path: &[String], name: &str, text: &str) -> FieldPolicy {
    let within = |element: &str| path.iter().any(|p| p.eq_ignore_ascii_case(element));
    let parent = path.iter().rev().nth(1).map_or("", String::as_str);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let entity = match name.to_ascii_lowercase().as_str() {
        "given" | "family" | "firstname" | "lastname" | "middlename" | "secondname"
        | "othername" | "legalname" => Some(person(path)),
        "name"
            if parent.ends_with("rganization")
                || parent.ends_with("acility")
                || parent == "location" =>
        {
            Some(E::Facility)
        }
        "name"
            if matches!(
                parent,
                "patient"
                    | "assignedPerson"
                    | "guardianPerson"
                    | "relatedPerson"
                    | "associatedPerson"
                    | "informationRecipient"
            ) =>
        {
            Some(person(path))
        }
        "part" => Some(person(path)),
        "birthtime" | "dateofbirth" => Some(E::DateOfBirth),
        "streetaddressline" | "line1" | "line2" | "line3" | "housenumber" | "streetname" => {
            Some(E::Street)
        }
        "city" | "county" | "birthplace" => Some(E::City),
        "postalcode" | "zipcode" | "postalzipcode" => Some(E::PostalCode),
        "phonenumber" | "number" if within("PhoneNumber") || parent.contains("hone") => {
            Some(E::Phone)
        }
        "number" | "version" if within("HealthCard") => Some(E::HealthNumber),
        "ohipphysicianid" | "physicianid" => Some(E::ProfLicence),
        "chartrecordnumber"
        | "labrequisitionnumber"
        | "accessionnumber"
        | "prescriptionidentifier" => Some(E::Mrn),
        "time" | "effectivetime" | "low" | "high" | "center" | "existencetime"
        | "signaturetime"
            if digits >= 6 =>
        {
            Some(E::Date)
        }
        "fulldate" | "yearmonth" | "datetime" | "fulldatetime" if digits >= 6 => Some(E::Date),
        _ => None,
    };
    match entity {
        Some(entity) => FieldPolicy::Mask(entity),
        None => label::policy(form, name),
    }
}
