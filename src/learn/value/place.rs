//! Places: towns, streets and what leads to a door.

use super::{Source, fill_of, pick};
use crate::learn::persona::{capitalised, invented};
use crate::learn::random::Random;
use crate::learn::region;

impl Source<'_> {
    /// The value of a slot that is a place.
    pub(super) fn place(&self, slot: &str, r: &mut Random) -> Option<String> {
        Some(match slot {
            "city" | "town" | "village" => self.town(r),
            "reserve" => self.own("reserves", r),
            "county" => self.by_language("counties", r),
            "area" => self.by_language("areas", r),
            "province" => {
                pick(r, if self.french { &region::PROVINCES_FR } else { &region::PROVINCES_EN })
            }
            "prov" => pick(r, &region::PROVINCE_CODES),
            "country" => {
                pick(r, if self.french { &region::COUNTRIES_FR } else { &region::COUNTRIES_EN })
            }
            "street" => self.street(r),
            "address" => self.address(r),
            "pobox" => fill_of(
                r,
                self.french,
                &["PO Box ###", "P.O. Box %#", "Box ##", "Bag %"],
                &["C.P. ###", "CP %#", "case postale ##"],
            ),
            "rural" => fill_of(
                r,
                self.french,
                &[
                    "RR %",
                    "R.R. #%, Site 4, Comp %#",
                    "RR% Stn Main",
                    "Lot %#, Con %",
                    "Conc %, Lot ##",
                    "Fire #%###",
                    "#### County Road %#",
                    "#### Highway %#",
                    "House %#",
                    "Mile ## Alaska Hwy",
                ],
                &[
                    "RR %",
                    "R.R. %",
                    "### rang %",
                    "Lot ##, Concession %",
                    "### route ###",
                    "poste restante",
                ],
            ),
            "unit" => fill_of(
                r,
                self.french,
                &["apt %", "Apt. %#", "unit ##", "Suite %##", "#%#"],
                &["app. %", "appt %#", "apt ##", "bureau %##"],
            ),
            "postal" => Self::postal(r),
            "fsa" => r.fill("P#@").replace(['D', 'F', 'I', 'O', 'Q', 'U'], "A"),
            "gps" => r.fill("4#.####, -8#.####"),
            "room" => fill_of(
                r,
                self.french,
                &["Rm ###B", "Room %##", "Bed ##-%", "%W-##", "rm ##"],
                &["chambre %##", "ch. ###", "lit %", "salle %"],
            ),
            _ => return None,
        })
    }

    pub(super) fn town(&self, r: &mut Random) -> String {
        match r.below(10) {
            0 => self.own("reserves", r),
            1 => {
                let base = r.pick(self.towns).clone();
                invented(r, &base)
            }
            _ => r.pick(self.towns).clone(),
        }
    }

    fn street(&self, r: &mut Random) -> String {
        let number = r.between(1, 4999);
        let name = self.by_language("streets", r);
        match r.below(6) {
            0 if self.french => format!("{number} {name}"),
            _ if self.french => format!("{number}, {name}"),
            0 => format!("{}-{number} {name}", r.between(1, 40)),
            1 => format!("{number} {name}, Apt {}", r.between(1, 40)),
            _ => format!("{number} {name}"),
        }
    }

    fn address(&self, r: &mut Random) -> String {
        let (street, town, postal) = (self.street(r), self.town(r), Self::postal(r));
        let code = pick(r, &region::PROVINCE_CODES);
        match r.below(3) {
            0 if self.french => format!("{street}, {town} (Québec) {postal}"),
            0 => format!("{street}, {town}, {code} {postal}"),
            1 => format!("{street}, {town} {code}  {postal}"),
            _ => format!("{street}, {town}, {postal}"),
        }
    }

    fn postal(r: &mut Random) -> String {
        let first = *r.pick(&[
            'K', 'L', 'M', 'N', 'P', 'P', 'P', 'H', 'J', 'G', 'R', 'S', 'T', 'V', 'B', 'E', 'A',
            'X', 'Y',
        ]);
        let rest = fill_of(r, false, &["#@ #@#", "#@ #@#", "#@#@#", "#@-#@#"], &[]);
        format!("{first}{rest}")
    }
}

/// A town of the lexicon in its usual writing: words capitalised, small words not.
pub(in crate::learn) fn town_case(folded: &str) -> String {
    let small = [
        "de", "du", "des", "la", "le", "les", "sur", "of", "the", "and", "au", "aux", "en", "sous",
    ];
    let words = folded.split(' ').enumerate().map(|(i, w)| {
        if i > 0 && small.contains(&w) {
            return w.to_owned();
        }
        w.split('-')
            .map(|p| if small.contains(&p) { p.to_owned() } else { capitalised(p) })
            .collect::<Vec<_>>()
            .join("-")
    });
    words.collect::<Vec<_>>().join(" ")
}
