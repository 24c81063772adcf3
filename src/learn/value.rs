//! What fills an identifier slot: places, organisations, dates, numbers, contacts.

use super::calendar;
use super::code;
use super::job;
use super::list::Lists;
use super::organisation::Parts;
use super::persona::{capitalised, invented};
use super::random::Random;
use super::region;
use crate::detect::Class;

/// What values are drawn from.
pub(super) struct Source<'s> {
    pub(super) lists: &'s Lists,
    /// Towns of the lexicon, as written.
    pub(super) towns: &'s [String],
    /// Occupations of the lexicon, in the language of the text.
    pub(super) jobs: &'s [String],
    pub(super) french: bool,
}

impl Source<'_> {
    /// The value of a slot and its class; `None` when the slot is not an identifier's.
    pub(super) fn value(&self, slot: &str, r: &mut Random) -> Option<(String, Class)> {
        use Class::{Contact, Date, Id, Org, Place, Profession};
        let text = |s: String, class| Some((s, class));
        // Issuers are many, and each has its own form.
        if code::is_free(slot) && r.percent(15) {
            return text(code::any(r), Id);
        }
        match slot {
            "city" | "town" | "village" => text(self.town(r), Place),
            "reserve" => text(self.own("reserves", r), Place),
            "county" => text(self.by_language("counties", r), Place),
            "area" => text(self.by_language("areas", r), Place),
            "province" => text(
                pick(r, if self.french { &region::PROVINCES_FR } else { &region::PROVINCES_EN }),
                Place,
            ),
            "prov" => text(pick(r, &region::PROVINCE_CODES), Place),
            "country" => text(
                pick(r, if self.french { &region::COUNTRIES_FR } else { &region::COUNTRIES_EN }),
                Place,
            ),
            "street" => text(self.street(r), Place),
            "address" => text(self.address(r), Place),
            "pobox" => text(
                fill_of(
                    r,
                    self.french,
                    &["PO Box ###", "P.O. Box %#", "Box ##", "Bag %"],
                    &["C.P. ###", "CP %#", "case postale ##"],
                ),
                Place,
            ),
            "rural" => text(
                fill_of(
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
                Place,
            ),
            "unit" => text(
                fill_of(
                    r,
                    self.french,
                    &["apt %", "Apt. %#", "unit ##", "Suite %##", "#%#"],
                    &["app. %", "appt %#", "apt ##", "bureau %##"],
                ),
                Place,
            ),
            "postal" => text(Self::postal(r), Place),
            "fsa" => text(r.fill("P#@").replace(['D', 'F', 'I', 'O', 'Q', 'U'], "A"), Place),
            "gps" => text(r.fill("4#.####, -8#.####"), Place),
            "room" => text(
                fill_of(
                    r,
                    self.french,
                    &["Rm ###B", "Room %##", "Bed ##-%", "%W-##", "rm ##"],
                    &["chambre %##", "ch. ###", "lit %", "salle %"],
                ),
                Place,
            ),
            "hospital" => text(self.organisation(slot, "hospitals", 35, r), Org),
            "hosp" => text(self.own("hosp_abbr", r), Org),
            "clinic" => text(self.organisation(slot, "clinics", 50, r), Org),
            "pharmacy" => text(self.organisation(slot, "pharmacies", 45, r), Org),
            "employer" => text(self.organisation(slot, "employers", 45, r), Org),
            "school" => text(self.organisation(slot, "schools", 45, r), Org),
            "org" => text(self.organisation(slot, "orgs", 40, r), Org),
            "agency" => text(self.organisation(slot, "agencies", 40, r), Org),
            "insurer" => text(self.organisation(slot, "insurers", 25, r), Org),
            "lawfirm" => text(self.organisation(slot, "lawfirms", 50, r), Org),
            "ltc" => text(self.organisation(slot, "ltc", 50, r), Org),
            "ward" => text(self.by_language("wards", r), Org),
            "date" | "dob" => text(calendar::date(self.french, r), Date),
            "dnum" => text(calendar::numeric_date(r), Date),
            "dlong" => text(calendar::long_date(self.french, r), Date),
            "diso" => text(
                format!("{}-{:02}-{:02}", calendar::year(r), r.between(1, 12), r.between(1, 28)),
                Date,
            ),
            "monthyear" => text(
                format!("{} {}", calendar::month(self.french, r), calendar::year_or_short(r)),
                Date,
            ),
            "monthday" => {
                let day = r.between(1, 28);
                text(
                    if self.french {
                        format!("{day} {}", calendar::month(self.french, r))
                    } else {
                        format!("{} {day}", calendar::month(self.french, r))
                    },
                    Date,
                )
            }
            "year" => text(calendar::year(r).to_string(), Date),
            "daterange" => text(calendar::range(self.french, r), Date),
            "weekday" => text(
                pick(r, if self.french { &calendar::WEEKDAYS_FR } else { &calendar::WEEKDAYS_EN }),
                Date,
            ),
            "wdate" => {
                let day = pick(
                    r,
                    if self.french { &calendar::WEEKDAYS_FR } else { &calendar::WEEKDAYS_EN },
                );
                let date = calendar::long_date(self.french, r);
                text(
                    if self.french { format!("{day} {date}") } else { format!("{day}, {date}") },
                    Date,
                )
            }
            "season" => text(
                format!(
                    "{} {}",
                    pick_str(
                        r,
                        self.french,
                        &["spring", "summer", "fall", "winter", "Spring of", "autumn"],
                        &["printemps", "été", "automne", "hiver", "été"]
                    ),
                    calendar::year(r)
                ),
                Date,
            ),
            "holiday" => text(
                pick(r, if self.french { &calendar::HOLIDAYS_FR } else { &calendar::HOLIDAYS_EN }),
                Date,
            ),
            "hcn" => text(
                fill_of(
                    r,
                    self.french,
                    &[
                        "####-###-###-@@",
                        "#### ### ### @@",
                        "##########@@",
                        "####-###-###",
                        "#### ### ###",
                        "9### ### ###",
                        "### ### ###",
                        "##########",
                    ],
                    &[
                        "@@@@ #### ####",
                        "@@@@########",
                        "@@@@ ########",
                        "####-###-### @@",
                        "### ### ###",
                    ],
                ),
                Id,
            ),
            "mrn" => text(
                fill_of(
                    r,
                    false,
                    &[
                        "#######",
                        "00######",
                        "########",
                        "@######",
                        "###-####",
                        "##-##-##",
                        "J######",
                        "M00######",
                        "######",
                    ],
                    &[],
                ),
                Id,
            ),
            "sin" => text(fill_of(r, false, &["### ### ###", "###-###-###", "#########"], &[]), Id),
            "claim" => text(
                fill_of(
                    r,
                    false,
                    &[
                        "########",
                        "#######",
                        "@@-######",
                        "CL-20##-####",
                        "#########",
                        "@########",
                        "##-######-#",
                        "@@@######",
                    ],
                    &[],
                ),
                Id,
            ),
            "policyno" => text(
                fill_of(
                    r,
                    false,
                    &["@@######", "####-#####", "@-######", "#########", "@@@-####-##", "G######"],
                    &[],
                ),
                Id,
            ),
            "rx" => text(fill_of(r, false, &["#######", "######", "########", "R######"], &[]), Id),
            "accession" => text(
                fill_of(
                    r,
                    false,
                    &[
                        "S24-######",
                        "24-MRI-######",
                        "########",
                        "2#-#######",
                        "A#######",
                        "CT2#-#####",
                        "20########",
                    ],
                    &[],
                ),
                Id,
            ),
            "licence" => text(
                fill_of(r, false, &["#####", "######", "#######", "@@#####", "G######"], &[]),
                Id,
            ),
            "billing" => {
                text(fill_of(r, false, &["######", "0000-######-00", "#####", "######"], &[]), Id)
            }
            "dl" => text(
                fill_of(
                    r,
                    false,
                    &["@####-#####-#####", "@############", "######-###", "#######"],
                    &[],
                ),
                Id,
            ),
            "plate" => text(
                fill_of(r, false, &["@@@@ ###", "@@@-###", "@@@ ####", "@## @@@", "@@@@###"], &[]),
                Id,
            ),
            "vin" => text(r.fill("%HG@@%#@%@@######"), Id),
            "serial" => text(
                fill_of(
                    r,
                    false,
                    &["NMD######H", "SN ########", "@@@######@", "######", "@@######", "A1B2C###"],
                    &[],
                ),
                Id,
            ),
            "passport" => text(fill_of(r, false, &["@@######", "@######@@"], &[]), Id),
            "statusno" => text(
                fill_of(
                    r,
                    false,
                    &["##########", "###-#####-##", "### ##### ##", "N########"],
                    &[],
                ),
                Id,
            ),
            "fileno" => text(
                fill_of(
                    r,
                    false,
                    &[
                        "CV-2#-########-0000",
                        "##-####",
                        "#######",
                        "F-20##-###",
                        "@@-####",
                        "20##-#####",
                        "FPS ######@",
                    ],
                    &[],
                ),
                Id,
            ),
            "account" => text(
                fill_of(r, false, &["#####-###-#######", "########", "###-####-#####"], &[]),
                Id,
            ),
            "card" => text(r.fill("4### #### #### ####"), Id),
            "last4" => text(r.fill("####"), Id),
            "phone" | "fax" => text(self.phone(r), Contact),
            "ext" => text(r.fill("###"), Contact),
            "email" => text(self.email(r), Contact),
            "url" => text(self.url(r), Contact),
            "ip" => text(format!("192.0.2.{}", r.between(1, 254)), Contact),
            "handle" => text(format!("@{}", self.user(r)), Class::Name),
            "user" => text(self.user(r), Class::Name),
            "job" => text(job::any(self.lists, self.jobs, self.french, r), Profession),
            "age90" => text(r.between(90, 104).to_string(), Id),
            _ => None,
        }
    }

    fn own(&self, list: &str, r: &mut Random) -> String {
        let items = self.lists.get(list);
        if items.is_empty() { list.to_owned() } else { r.pick(items).clone() }
    }

    fn by_language(&self, list: &str, r: &mut Random) -> String {
        // Some of the other language's names stand in every text.
        let french = self.french != r.percent(5);
        self.own(&format!("{list}_{}", if french { "fr" } else { "en" }), r)
    }

    fn town(&self, r: &mut Random) -> String {
        match r.below(10) {
            0 => self.own("reserves", r),
            1 => {
                let base = r.pick(self.towns).clone();
                invented(r, &base)
            }
            _ => r.pick(self.towns).clone(),
        }
    }

    /// A name of the slot's list, or one made from parts; a made one so many times of a hundred.
    fn organisation(&self, slot: &str, list: &str, made: usize, r: &mut Random) -> String {
        let parts = Parts {
            lists: self.lists,
            town: &|r| self.town(r),
            surname: &|r| self.someone(r),
            french: self.french,
        };
        if r.percent(made)
            && let Some(name) = parts.made(slot, r)
        {
            return name;
        }
        if slot == "insurer" { self.own(list, r) } else { self.by_language(list, r) }
    }

    fn someone(&self, r: &mut Random) -> String {
        let culture = r.pick(&self.lists.cultures).clone();
        self.own(&format!("names/{culture}.surname"), r)
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

    fn user(&self, r: &mut Random) -> String {
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

fn pick(r: &mut Random, items: &[&str]) -> String {
    (*r.pick(items)).to_owned()
}

fn pick_str<'s>(r: &mut Random, french: bool, en: &[&'s str], fr: &[&'s str]) -> &'s str {
    r.pick::<&str>(if french && !fr.is_empty() { fr } else { en })
}

fn fill_of(r: &mut Random, french: bool, en: &[&str], fr: &[&str]) -> String {
    let form = pick_str(r, french, en, fr);
    r.fill(form)
}

/// Letters only, lower case, no accents: what a login or domain is made of.
fn plain(text: &str) -> String {
    let folded = crate::decode::Normalized::new(text).text.into_owned();
    folded.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

/// A town of the lexicon in its usual writing: words capitalised, small words not.
pub(super) fn town_case(folded: &str) -> String {
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
