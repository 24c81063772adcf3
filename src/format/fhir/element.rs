//! What each element of FHIR R4 holds.

use super::super::json::Value;
use crate::case::FieldPolicy;
use crate::entity::EntityType as E;

/// Elements whose values are codes or addresses of definitions.
const CODES: &[&str] = &[
    "resourceType",
    "system",
    "code",
    "url",
    "use",
    "status",
    "linkId",
    "type",
    "contentType",
    "language",
    "gender",
    "intent",
    "kind",
    "mode",
    "profile",
    "questionnaire",
    "implicitRules",
    "comparator",
    "criticality",
    "valueCode",
    "priority",
    "docStatus",
];

/// True for the name of an element: lower camel case. Anything else in that place is text.
pub(super) fn is_name(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// True for a value that is a code: its element says so, and it looks like one.
pub(super) fn is_code(element: &str, name: &str, text: &str, object: &Value) -> bool {
    // The address of a file is text; only that of a definition is a code.
    if name == "url" && !element.ends_with("xtension")
        || name == "code" && object.get("system").is_none()
        || !CODES.contains(&name)
        || text.contains(char::is_whitespace)
        || text.len() > 200
    {
        return false;
    }
    let mut longest = 0;
    let mut run = 0;
    for byte in text.bytes() {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    if text.contains("://") || text.starts_with("urn:") {
        return longest < 6 && !text.contains(['@', '?', '%']);
    }
    // A code of a terminology may be a long number; elsewhere that is somebody's.
    let system = object.get("system").and_then(Value::as_str).unwrap_or("");
    let terminology = [
        "http://snomed.info/",
        "http://loinc.org",
        "http://hl7.org/",
        "http://terminology.hl7.org/",
        "http://www.whocc.no/",
        "http://hl7.org/fhir/sid/",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://hl7.org/fhir/NamingSystem/ca-hc-din",
        "https://fhir.infoway-inforoute.ca/CodeSystem/",
    ];
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/:[]{}%*+".contains(&b));
    plain
        && (longest < 6 && text.len() <= 40
            || name == "code" && terminology.iter().any(|t| system.starts_with(t)))
}

/// True when `data` is a file in base64.
pub(super) fn is_attachment(element: &str, object: &Value) -> bool {
    object.get("contentType").is_some()
        || ["attachment", "photo", "presentedForm", "content", "valueAttachment", "signature"]
            .contains(&element)
        || object.get("resourceType").and_then(Value::as_str) == Some("Binary")
}

/// What becomes of the value of an element.
pub(super) fn policy(
    resource: &str,
    element: &str,
    name: &str,
    text: &str,
    object: &Value,
) -> FieldPolicy {
    entity(resource, element, name, text, object).map_or(FieldPolicy::Scrub, FieldPolicy::Mask)
}

fn entity(resource: &str, element: &str, name: &str, text: &str, object: &Value) -> Option<E> {
    let own = |name: &str| object.get(name).and_then(Value::as_str);
    if text.trim().is_empty() {
        return None;
    }
    let person = match (resource, element) {
        (_, "contact") | ("RelatedPerson", _) => E::PersonFamily,
        ("Practitioner" | "PractitionerRole", _) => E::PersonProvider,
        ("Patient" | "Person", _) => E::PersonPatient,
        _ => E::PersonOther,
    };
    match (element, name) {
        (_, "birthDate") => Some(E::DateOfBirth),
        (_, "family" | "given") => Some(person),
        ("name" | "valueHumanName" | "maiden", "text") => Some(person),
        (
            "identifier" | "masterIdentifier" | "valueIdentifier" | "groupIdentifier"
            | "requisition",
            "value",
        ) => Some(identifier(resource, own("system").unwrap_or(""))),
        ("telecom" | "valueContactPoint", "value") => Some(match own("system") {
            Some("email") => E::Email,
            Some("fax") => E::Fax,
            Some("url") => E::Url,
            _ => E::Phone,
        }),
        (_, "postalCode") => Some(E::PostalCode),
        ("address" | "valueAddress" | "birthPlace", name) => match name {
            "line" | "text" => Some(E::Street),
            "city" | "district" => Some(E::City),
            _ => date(name, text),
        },
        (_, "latitude" | "longitude") => Some(E::Geocode),
        (_, "serialNumber" | "lotNumber" | "carrierHRF" | "carrierAIDC" | "distinctIdentifier") => {
            Some(E::DeviceSerial)
        }
        (_, "subscriberId") => Some(E::Claim),
        (_, "valueString" | "valueCode")
            if own("url").is_some_and(|u| u.contains("version-code")) =>
        {
            Some(E::HealthNumber)
        }
        (_, "name" | "alias") if matches!(resource, "Organization" | "Location") => {
            Some(E::Facility)
        }
        (element, "display") => referred(element, own("reference"), own("type")),
        _ => date(name, text),
    }
}

/// A date or time, whatever its element is called: all of it, unless it is a bare year.
fn date(_name: &str, text: &str) -> Option<E> {
    let bytes = text.as_bytes();
    let shape = bytes.len() >= 7
        && bytes.len() <= 40
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5..7].iter().all(u8::is_ascii_digit)
        && bytes.get(7).is_none_or(|b| *b == b'-')
        && bytes.iter().all(|b| b.is_ascii_digit() || b"-:.+TZ".contains(b));
    shape.then_some(E::Date)
}

fn identifier(resource: &str, system: &str) -> E {
    let system = system.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|p| system.contains(p));
    if says(&["patient-hcn", "patient-healthcare-id", "health-id", "/ohip", "hcn"]) {
        return E::HealthNumber;
    }
    if says(&["social-insurance"]) {
        return E::Sin;
    }
    if says(&["passport", "permanent-resident", "driver", "firstnation-band", "affairs-number"]) {
        return E::GovId;
    }
    match resource {
        "Practitioner" | "PractitionerRole" => E::ProfLicence,
        "Device" | "DeviceUseStatement" => E::DeviceSerial,
        "MedicationRequest" | "MedicationDispense" | "MedicationStatement" => E::RxNumber,
        "Coverage" | "Claim" | "ExplanationOfBenefit" | "Account" => E::Claim,
        _ => E::Mrn,
    }
}

/// Who is shown for a reference: by the resource it points to, otherwise by its element.
fn referred(element: &str, reference: Option<&str>, kind: Option<&str>) -> Option<E> {
    let target = reference.and_then(|r| r.rsplit('/').nth(1)).or(kind).unwrap_or("");
    match target {
        "Patient" | "Person" => return Some(E::PersonPatient),
        "Practitioner" | "PractitionerRole" => return Some(E::PersonProvider),
        "RelatedPerson" => return Some(E::PersonFamily),
        "Organization" | "Location" => return Some(E::Facility),
        _ => {}
    }
    match element {
        "subject" | "patient" | "beneficiary" | "subscriber" | "sourcePatientInfo" => {
            Some(E::PersonPatient)
        }
        "author"
        | "performer"
        | "recorder"
        | "asserter"
        | "requester"
        | "authenticator"
        | "generalPractitioner"
        | "individual"
        | "practitioner"
        | "attester"
        | "sender"
        | "informationSource"
        | "enterer"
        | "provider"
        | "resultsInterpreter" => Some(E::PersonProvider),
        "custodian"
        | "managingOrganization"
        | "serviceProvider"
        | "location"
        | "origin"
        | "destination"
        | "payor"
        | "organization"
        | "insurer" => Some(E::Facility),
        _ => None,
    }
}
