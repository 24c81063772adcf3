//! What fills a clinical slot: nothing that identifies.

use super::list::Lists;
use super::random::Random;

/// The value of a clinical slot; the slot's own name when it is unknown.
pub(super) fn value(slot: &str, lists: &Lists, french: bool, r: &mut Random) -> String {
    let language = if french { "fr" } else { "en" };
    let own = |list: &str, r: &mut Random| {
        let items = lists.get(list);
        if items.is_empty() { list.to_owned() } else { r.pick(items).clone() }
    };
    let unit = |r: &mut Random, en: &[&'static str], fr: &[&'static str]| {
        *r.pick(if french { fr } else { en })
    };
    match slot {
        "age" => r.between(19, 84).to_string(),
        "sex" => (*r.pick(&["M", "F"])).to_owned(),
        "drug" => own("drugs", r),
        "dose" => {
            let n = *r
                .pick(&["5", "10", "25", "50", "75", "100", "150", "300", "0.5", "2/0.5", "37.5"]);
            let every = unit(
                r,
                &["BID", "TID", "OD", "QHS", "q4-6h PRN", "q12h", "daily"],
                &["BID", "TID", "DIE", "HS", "q4-6h PRN", "q12h", "PO DIE"],
            );
            format!("{n} mg {every}")
        }
        "score" => format!("{}/10", r.between(0, 10)),
        "bp" => format!("{}/{}", r.between(98, 168), r.between(58, 99)),
        "level" => (*r
            .pick(&["L4-5", "L5-S1", "C5-6", "L3-L4", "C6-C7", "T11/12", "L4/5", "S1", "L4L5S1"]))
        .to_owned(),
        "dx" => own(&format!("dx_{language}"), r),
        "eponym" => own(&format!("eponyms_{language}"), r),
        "scale" => own("scales", r),
        "num" => r.between(1, 30).to_string(),
        "dur" => {
            let n = r.between(2, 24);
            format!(
                "{n} {}",
                unit(
                    r,
                    &["months", "weeks", "years", "mos", "wks"],
                    &["mois", "semaines", "ans", "sem."]
                )
            )
        }
        "time" => time(french, r),
        "lab" => own("labs", r),
        "proc" => own(&format!("procs_{language}"), r),
        "device" => own("devices", r),
        "body" => own(&format!("bodyparts_{language}"), r),
        "side" => {
            unit(r, &["left", "right", "bilateral"], &["gauche", "droite", "bilatéral"]).to_owned()
        }
        "dist" => format!("{} km", r.between(5, 400)),
        other => other.to_owned(),
    }
}

/// A time of day, as people write it.
fn time(french: bool, r: &mut Random) -> String {
    let (hour, minute) = (r.between(0, 23), *r.pick(&[0usize, 5, 10, 15, 20, 30, 37, 40, 45, 52]));
    if french {
        match r.below(6) {
            0 => format!("{hour:02}:{minute:02}"),
            1 => format!("{hour}h"),
            2 => format!("{hour} h {minute:02}"),
            3 => format!("{hour:02}{minute:02}"),
            4 => format!("{hour:02}:{minute:02}:{:02}", r.below(60)),
            _ => format!("{hour}h{minute:02}"),
        }
    } else {
        let twelve = (hour + 11) % 12 + 1;
        match r.below(9) {
            0 => format!("{hour:02}{minute:02}"),
            1 => format!("{hour:02}{minute:02}h"),
            2 => format!("{hour:02}{minute:02} hrs"),
            3 => format!("{twelve}:{minute:02} {}", if hour < 12 { "am" } else { "pm" }),
            4 => format!("{twelve}{}", if hour < 12 { "am" } else { "pm" }),
            5 => format!("{hour:02}:{minute:02}:{:02}", r.below(60)),
            6 => format!("{twelve}:{minute:02}{}", if hour < 12 { "AM" } else { "PM" }),
            _ => format!("{hour:02}:{minute:02}"),
        }
    }
}
