//! A REDCap dictionary of 18 columns imported; an export scrubbed, flat and EAV, CSV and JSON.

use caseveil::decode::Form;
use caseveil::pipeline::Deidentifier;
use caseveil::redcap::{Dictionary, RedcapError, Table, scrub};

/// The header as REDCap writes it, and a small project in its shape.
const DICTIONARY: &str = r#""Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"
record_id,intake,,text,"Record ID",,,,,,,,,,,,,
pt_name,intake,Patient,text,"Patient name",,,,,,y,,y,,,,,"@DEID=mask:PERSON_PATIENT"
nickname,intake,,text,"Nickname",,,,,,y,,,,,,,
dob,intake,,text,"<b>Date of birth</b>",,,date_ymd,,,y,,y,,,,,
visit_date,intake,,text,"Date of visit",,,date_ymd,,,,,y,,,,,
sex,intake,,radio,Sex,"1, Female | 2, Male | 3, Other",,,,,,,y,,,,,
meds,intake,,checkbox,"Drug classes","1, Opioid | 2, NSAID",,,,,,,,,,,,
pain,intake,,slider,"Pain now",,,number,,,,,,,,,,
phone,intake,,text,"Telephone",,,phone,,,,,,,,,,
history,intake,,notes,"History",,,,,,,,,,,,,
scan,intake,,file,"Scan",,,,,,,,,,,,,
question,intake,,notes,"Question for the panel",,,,,,,,,,,,,"@CHARLIMIT=500 @DEID=scrub"
intro,intake,,descriptive,"Thank you",,,,,,,,,,,,,
"#;

const FLAT: &str = "record_id,redcap_event_name,pt_name,nickname,dob,visit_date,sex,meds___1,meds___2,pain,phone,history,scan,question,intake_complete,extra_jane\n\
7,baseline_arm_1,Jane Roe,Janey,1977-02-03,2024-03-07,1,1,0,7,(705) 555-0142,\"OHIP 9876-543-217 JK, pain 7/10\",mri.pdf,Taper?,2,secret\n\
8,baseline_arm_1,,,,,call 705-555-0143,0,1,3,,Lasègue 40°,,,2,\n";

const FLAT_OUT: &str = "record_id,redcap_event_name,pt_name,dob,visit_date,sex,meds___1,meds___2,pain,phone,history,question,intake_complete\n\
7,baseline_arm_1,[PATIENT-1],,,1,1,0,7,,\"OHIP [HEALTH-NUMBER-1], pain 7/10\",Taper?,2\n\
8,baseline_arm_1,,,,call [PHONE-1],0,1,3,,Lasègue 40°,,2\n";

fn engine() -> Deidentifier {
    Deidentifier::embedded("echo-case").unwrap()
}

#[test]
fn a_flat_export_comes_back_in_import_shape() {
    let dictionary = Dictionary::read(DICTIONARY.as_bytes()).unwrap();
    let done = scrub(&engine(), &dictionary, Table::read(FLAT.as_bytes()).unwrap()).unwrap();
    assert_eq!(done.table.write(), FLAT_OUT);
    assert_eq!((done.released, done.held, done.unknown, done.emptied), (2, 0, 1, 3));
}

#[test]
fn an_eav_export_comes_back_in_import_shape() {
    let dictionary = Dictionary::read(DICTIONARY.as_bytes()).unwrap();
    let csv = "record,redcap_event_name,field_name,value\n\
        7,baseline_arm_1,record_id,7\n\
        7,baseline_arm_1,pt_name,Jane Roe\n\
        7,baseline_arm_1,nickname,Janey\n\
        7,baseline_arm_1,sex,1\n\
        7,follow_up_arm_1,history,\"OHIP 9876-543-217 JK\"\n\
        7,follow_up_arm_1,extra_jane,secret\n";
    let expected = "record,redcap_event_name,field_name,value\n\
        7,baseline_arm_1,record_id,7\n\
        7,baseline_arm_1,pt_name,[PATIENT-1]\n\
        7,baseline_arm_1,sex,1\n\
        7,follow_up_arm_1,history,OHIP [HEALTH-NUMBER-1]\n";
    let done = scrub(&engine(), &dictionary, Table::read(csv.as_bytes()).unwrap()).unwrap();
    assert_eq!((done.table.write().as_str(), done.unknown), (expected, 1));
    let json = r#"[{"record":"7","field_name":"history","value":"OHIP 9876-543-217 JK"}]"#;
    let expected =
        "[{\"record\":\"7\",\"field_name\":\"history\",\"value\":\"OHIP [HEALTH-NUMBER-1]\"}]\n";
    let done = scrub(&engine(), &dictionary, Table::read(json.as_bytes()).unwrap()).unwrap();
    assert_eq!(done.table.write(), expected);
}

#[test]
fn the_dictionary_becomes_a_form_definition() {
    let dictionary = Dictionary::read(DICTIONARY.as_bytes()).unwrap();
    let text = dictionary.to_form("trial");
    let form = Form::parse("trial.toml", &text).unwrap();
    assert!(form.drops_unknown);
    let policies: Vec<String> =
        form.fields.iter().map(|f| format!("{} {:?}", f.id, f.policy)).collect();
    assert_eq!(
        policies,
        [
            "record_id Keep",
            "pt_name Mask(PersonPatient)",
            "nickname Drop",
            "dob Mask(DateOfBirth)",
            "visit_date Mask(Date)",
            "sex Keep",
            "meds Keep",
            "pain Keep",
            "phone Mask(Phone)",
            "history Scrub",
            "scan Drop",
            "question Scrub",
        ]
    );
    // Nothing says that a record's name is a closed answer.
    assert_eq!(form.problems().len(), 1);
    assert!(form.problems()[0].starts_with("record_id: free text that is kept"));
}

#[test]
fn the_metadata_json_reads_as_the_csv() {
    let table = Table::read(DICTIONARY.as_bytes()).unwrap();
    let names = [
        "field_name",
        "form_name",
        "section_header",
        "field_type",
        "field_label",
        "select_choices_or_calculations",
        "field_note",
        "text_validation_type_or_show_slider_number",
        "text_validation_min",
        "text_validation_max",
        "identifier",
        "branching_logic",
        "required_field",
        "custom_alignment",
        "question_number",
        "matrix_group_name",
        "matrix_ranking",
        "field_annotation",
    ];
    let objects: Vec<serde_json::Value> = table
        .rows
        .iter()
        .map(|row| {
            let pairs = names.iter().zip(row).map(|(n, c)| ((*n).to_owned(), c.as_str().into()));
            serde_json::Value::Object(pairs.collect())
        })
        .collect();
    let json = serde_json::to_string(&objects).unwrap();
    let form = |bytes: &[u8]| Dictionary::read(bytes).unwrap().to_form("t");
    assert_eq!(form(json.as_bytes()), form(DICTIONARY.as_bytes()));
}

#[test]
fn what_cannot_be_read_is_told_without_its_text() {
    let broken = DICTIONARY.replace("@DEID=scrub", "@DEID=erase");
    assert_eq!(
        Dictionary::read(broken.as_bytes()).err(),
        Some(RedcapError::Annotation("question".to_owned()))
    );
    assert_eq!(Dictionary::read(b"a,b\n1,2\n").err(), Some(RedcapError::Column("field_name")));
    assert_eq!(Table::read(b"a,b\n1,2,3\n").err(), Some(RedcapError::Shape { row: 2 }));
    assert_eq!(Table::read(b"[{\"a\": {\"b\": 1}}]").err(), Some(RedcapError::Shape { row: 1 }));
}
