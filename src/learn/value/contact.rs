//! Telephone numbers, addresses of the network, and names of users.

use super::{Source, pick_str};
use crate::learn::random::Random;

impl Source<'_> {
    /// The value of a slot by which somebody is reached.
    pub(super) fn contact(&self, slot: &str, r: &mut Random) -> Option<String> {
        Some(match slot {
            "phone" | "fax" => self.phone(r),
            "ext" => r.fill("###"),
            "email" => self.email(r),
            "url" => self.url(r),
            "ip" => format!("192.0.2.{}", r.between(1, 254)),
            _ => return None,
        })
    }

    fn phone(&self, r: &mut Random) -> String {
        let code = *r.pick(&[
            "416", "705", "807", "613", "519", "249", "514", "418", "819", "450", "204", "306",
            "780", "604", "902", "506", "709", "867", "343", "437", "873", "905", "1-800", "1 866",
        ]);
        let line = r.fill("555-01##");
        let mut phone = match r.below(7) {
            0 => format!("({code}) {line}"),
            1 => format!("{code}.{}", line.replace('-', ".")),
            2 => format!("{code} {}", line.replace('-', " ")),
            3 => format!("{code}{}", line.replace('-', "")),
            4 => line,
            _ => format!("{code}-{line}"),
        };
        if r.percent(10) {
            let ext = r.fill("%##");
            phone.push_str(&format!(
                " {} {ext}",
                if self.french { "poste" } else { pick_str(r, false, &["x", "ext", "ext."], &[]) }
            ));
        }
        phone
    }

    pub(super) fn user(&self, r: &mut Random) -> String {
        let culture = r.pick(&self.lists.cultures).clone();
        let surname = plain(&self.own(&format!("names/{culture}.surname"), r));
        let given = plain(&self.own(&format!("names/{culture}.given_f"), r));
        let first = given.chars().next().unwrap_or('x');
        let cut: String = surname.chars().take(r.between(3, 6)).collect();
        let role = *r.pick(&["np", "rn", "md", "adm", "rpn", "inf", "sw", "pharm"]);
        let place = self.own("hosp_abbr", r);
        let place = plain(&place);
        let name = match r.below(14) {
            0 | 1 => format!("{first}{surname}"),
            2 => format!("{given}.{surname}"),
            3 => format!("{surname}{}", r.between(1, 99)),
            4 => format!("{first}{surname}{}", r.between(1, 9)),
            5 => format!("{first}{surname}_{role}"),
            6 => format!("dr{}{surname}", r.pick(&["", ".", "_"])),
            7 => format!("{cut}{first}"),
            8 => format!("{cut}-{place}"),
            9 => format!("{cut}{}", r.fill("###")),
            10 => format!(
                "{place}{}{}",
                r.pick(&["reg", "clerk", "nurse", "user", "guest"]),
                r.fill("##")
            ),
            11 => format!("{}.{}", r.pick(&["echo", "guest", "temp", "locum", "spoke"]), cut),
            12 => r.fill("@@#####"),
            _ => format!("{given}_{}", r.between(60, 99)),
        };
        if r.percent(15) { name.to_uppercase() } else { name }
    }

    fn email(&self, r: &mut Random) -> String {
        let user = self.user(r).to_lowercase();
        let town = plain(&self.town(r));
        match r.below(4) {
            0 => format!("{user}@example.org"),
            1 => format!("{user}@{town}fht.example.ca"),
            2 => format!("{user}@example.com"),
            _ => format!("{user}@{town}.example.net"),
        }
    }

    fn url(&self, r: &mut Random) -> String {
        let town = plain(&self.town(r));
        match r.below(3) {
            0 => format!("https://www.{town}clinic.example.ca/portal"),
            1 => format!("www.{town}health.example.org"),
            _ => format!("{town}pain.example.com"),
        }
    }
}

/// Letters only, lower case, no accents: what a login or domain is made of.
fn plain(text: &str) -> String {
    let folded = crate::decode::Normalized::new(text).text.into_owned();
    folded.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}
