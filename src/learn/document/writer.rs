//! The pieces of a document, line by line: text, people who keep their names, values of slots.

use super::Piece;
use crate::detect::Class;
use crate::learn::clinical;
use crate::learn::persona::{Form, Persona};
use crate::learn::random::Random;
use crate::learn::template::{Part, Template};
use crate::learn::value::{Source, split_article};
use std::collections::HashMap;

/// Writes the lines of one document.
pub(super) struct Writer<'g> {
    pub(super) source: Source<'g>,
    pub(super) names: &'g [String],
    pub(super) people: HashMap<String, Persona>,
    pub(super) pieces: Vec<Piece>,
}

impl Writer<'_> {
    /// Writes a line of the template, its slots filled.
    pub(super) fn line(&mut self, template: &Template, r: &mut Random) {
        for part in template {
            match part {
                Part::Text(text) => self.pieces.push(Piece::plain(text.clone())),
                Part::Fixed(kind, text) => {
                    let class = match kind.as_str() {
                        "NAME" => Class::Name,
                        "PLACE" => Class::Place,
                        "ORG" => Class::Org,
                        "DATE" => Class::Date,
                        "CONTACT" => Class::Contact,
                        "PROFESSION" => Class::Profession,
                        _ => Class::Id,
                    };
                    self.identifier(text.clone(), class, "fixed", "", r);
                }
                Part::Slot(slot) => self.slot(slot, r),
            }
        }
    }

    fn slot(&mut self, slot: &str, r: &mut Random) {
        let (base, suffix) = slot.split_once('.').map_or((slot, None), |(b, s)| (b, Some(s)));
        if matches!(base, "patient" | "doc" | "doc2" | "nurse" | "fam" | "fam2" | "other") {
            let (french, names, lists) = (self.source.french, self.names, self.source.lists);
            let person = self
                .people
                .entry(base.to_owned())
                .or_insert_with(|| Persona::new(r, lists, french, names))
                .clone();
            let form = Form::of(suffix, r);
            let text = person.written(form, r);
            self.identifier(text, Class::Name, form.name(), &person.culture, r);
        } else if base == "datetime" {
            // A time of day is no identifier, even beside a date.
            if let Some((date, class)) = self.source.value("date", r) {
                self.identifier(date, class, base, "", r);
                let time = clinical::value("time", self.source.lists, self.source.french, r);
                self.pieces.push(Piece::plain(format!(" {time}")));
            }
        } else if let Some((text, class)) = self.source.value(base, r) {
            self.identifier(text, class, base, "", r);
        } else {
            let text = clinical::value(base, self.source.lists, self.source.french, r);
            self.pieces.push(Piece::plain(text));
        }
    }

    /// An identifier, now and then with odd punctuation around it.
    fn identifier(
        &mut self,
        text: String,
        class: Class,
        form: &str,
        culture: &str,
        r: &mut Random,
    ) {
        let (open, close) = if r.percent(4) {
            *r.pick(&[("(", ")"), ("\"", "\""), ("*", "*"), ("[", "]"), ("", ",")])
        } else {
            ("", "")
        };
        if !open.is_empty() {
            self.pieces.push(Piece::plain(open));
        }
        // A space may be missing in front.
        if let Some(last) = self.pieces.last_mut()
            && last.class.is_none()
            && last.text.ends_with(": ")
            && r.percent(6)
        {
            last.text.pop();
        }
        let (article, name) = split_article(&text, class);
        if !article.is_empty() {
            self.pieces.push(Piece::plain(article));
        }
        self.pieces.push(Piece {
            text: name.to_owned(),
            class: Some(class),
            form: form.to_owned(),
            culture: culture.to_owned(),
        });
        if !close.is_empty() {
            self.pieces.push(Piece::plain(close));
        }
    }
}
