//! What fills an identifier slot: places, organisations, dates, numbers, contacts.

mod place;
mod date;
mod number;
mod contact;

pub(super) use place::town_case;

use super::code;
use super::job;
use super::list::Lists;
use super::organisation::Parts;
use super::random::Random;
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
        // Issuers are many, and each has its own form.
        if code::is_free(slot) && r.percent(15) {
            return Some((code::any(r), Class::Id));
        }
        let place = self.place(slot, r).map(|value| (value, Class::Place));
        place
            .or_else(|| Some((self.named(slot, r)?, Class::Org)))
            .or_else(|| Some((self.date(slot, r)?, Class::Date)))
            .or_else(|| Some((self.number(slot, r)?, Class::Id)))
            .or_else(|| Some((self.contact(slot, r)?, Class::Contact)))
            .or_else(|| self.other(slot, r))
    }

    /// The value of a slot that stands by itself.
    fn other(&self, slot: &str, r: &mut Random) -> Option<(String, Class)> {
        Some(match slot {
            "handle" => (format!("@{}", self.user(r)), Class::Name),
            "user" => (self.user(r), Class::Name),
            "job" => (job::any(self.lists, self.jobs, self.french, r), Class::Profession),
            "age90" => (r.between(90, 104).to_string(), Class::Id),
            _ => return None,
        })
    }

    /// The value of a slot that is an organisation.
    fn named(&self, slot: &str, r: &mut Random) -> Option<String> {
        Some(match slot {
            "hospital" => self.organisation(slot, "hospitals", 35, r),
            "hosp" => self.own("hosp_abbr", r),
            "clinic" => self.organisation(slot, "clinics", 50, r),
            "pharmacy" => self.organisation(slot, "pharmacies", 45, r),
            "employer" => self.organisation(slot, "employers", 45, r),
            "school" => self.organisation(slot, "schools", 45, r),
            "org" => self.organisation(slot, "orgs", 40, r),
            "agency" => self.organisation(slot, "agencies", 40, r),
            "insurer" => self.organisation(slot, "insurers", 25, r),
            "lawfirm" => self.organisation(slot, "lawfirms", 50, r),
            "ltc" => self.organisation(slot, "ltc", 50, r),
            "ward" => self.by_language("wards", r),
            _ => return None,
        })
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

    fn own(&self, list: &str, r: &mut Random) -> String {
        let items = self.lists.get(list);
        if items.is_empty() { list.to_owned() } else { r.pick(items).clone() }
    }

    fn by_language(&self, list: &str, r: &mut Random) -> String {
        // Some of the other language's names stand in every text.
        let french = self.french != r.percent(5);
        self.own(&format!("{list}_{}", if french { "fr" } else { "en" }), r)
    }

    fn someone(&self, r: &mut Random) -> String {
        let culture = r.pick(&self.lists.cultures).clone();
        self.own(&format!("names/{culture}.surname"), r)
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

/// A place or organisation cut behind its article, which is no part of the name: `the Legion`.
pub(super) fn split_article(text: &str, class: Class) -> (&str, &str) {
    if !matches!(class, Class::Place | Class::Org) {
        return ("", text);
    }
    let article = ["the ", "le ", "la ", "les ", "l'"].into_iter().find(|a| text.starts_with(a));
    text.split_at(article.map_or(0, str::len))
}
