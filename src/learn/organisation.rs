//! Names of organisations and facilities, made from parts: lists cannot hold what grammar makes.
//!
//! The parts are in `corpus/lists/parts`, one file for each slot and language: heads for names that
//! are made of something of their own and a head (`Lakeside Physiotherapy`, `Clinique du Boisé`).

use super::list::Lists;
use super::persona::invented;
use super::random::Random;

/// Where the parts of a name come from.
pub(super) struct Parts<'p> {
    pub(super) lists: &'p Lists,
    /// Writes a town.
    pub(super) town: &'p dyn Fn(&mut Random) -> String,
    /// Writes a surname.
    pub(super) surname: &'p dyn Fn(&mut Random) -> String,
    /// French names.
    pub(super) french: bool,
}

impl Parts<'_> {
    /// A made name for a slot; `None` for slots that are not made from parts.
    pub(super) fn made(&self, slot: &str, r: &mut Random) -> Option<String> {
        if slot == "lawfirm" {
            return Some(self.partners(r));
        }
        let french = self.french != r.percent(4) && slot != "insurer";
        if matches!(slot, "employer" | "org" | "pharmacy" | "agency") && r.percent(22) {
            return Some(self.headless(slot, french, r));
        }
        let head = self.part(slot, french, r)?;
        let own = self.own(french, r);
        let mut name =
            if french { elided(&format!("{head} {own}")) } else { format!("{own} {head}") };
        if slot == "employer"
            && r.percent(30)
            && let Some(form) = self.part("form", french, r)
        {
            name = format!("{name} {form}");
        }
        Some(name)
    }

    /// A name without a word that says what it is of: `Gerber's`, `NWTR`, `Blackthorn`, `Local 488`.
    fn headless(&self, slot: &str, french: bool, r: &mut Random) -> String {
        let pretty = |r: &mut Random| self.part("pretty", french, r).unwrap_or_default();
        let surname = (self.surname)(r);
        match r.below(11) {
            0 | 1 if !french => format!("{surname}'s"),
            0 | 1 => format!("chez {surname}"),
            2 => {
                let form = *r.pick(&["@@@", "@@@@", "@@@@@", "@@ & @"]);
                r.fill(form)
            }
            3 => format!("{} {}", r.fill("@@@"), pretty(r)),
            4 => invented(r, &surname),
            5 => format!("{}{}", pretty(r), invented(r, &surname)),
            6 => format!("{} {}", pretty(r), r.fill("%#")),
            7 if french => format!("section locale {}", r.fill("###")),
            7 => format!("Local {}", r.fill("%##")),
            8 => format!("{} {}", (self.town)(r), pretty(r)),
            9 if slot == "employer" => invented(r, &surname).to_uppercase(),
            _ => pretty(r),
        }
    }

    fn part(&self, list: &str, french: bool, r: &mut Random) -> Option<String> {
        let items = self.lists.get(&format!("parts/{list}_{}", if french { "fr" } else { "en" }));
        (!items.is_empty()).then(|| r.pick(items).clone())
    }

    /// What makes the name its own: a town, a surname, a saint, a pretty word.
    fn own(&self, french: bool, r: &mut Random) -> String {
        let part = |list: &str, r: &mut Random| self.part(list, french, r).unwrap_or_default();
        match r.below(20) {
            0..=7 => (self.town)(r),
            8..=11 => (self.surname)(r),
            12 | 13 => format!("{} & {}", (self.surname)(r), (self.surname)(r)),
            14 | 15 if french => format!("Saint-{}", part("saint", r)),
            14 | 15 => format!("{} {}", r.pick(&["St.", "St", "Saint"]), part("saint", r)),
            16 => format!("{} {}", r.fill("@."), (self.surname)(r)),
            17 if !french => format!("{} {}", (self.town)(r), part("pretty", r)),
            _ => part("pretty", r),
        }
    }

    /// `Katz & Boudreau LLP`
    fn partners(&self, r: &mut Random) -> String {
        let mut names: Vec<String> = (0..r.between(1, 3)).map(|_| (self.surname)(r)).collect();
        let last = names.pop().unwrap_or_default();
        let and = if self.french { "et" } else { "&" };
        let joined =
            if names.is_empty() { last } else { format!("{} {and} {last}", names.join(", ")) };
        format!("{joined} {}", self.part("lawfirm", self.french, r).unwrap_or_default())
    }
}

/// `Hôpital de Alma` is not French, nor is `Centre de des Érables`.
fn elided(name: &str) -> String {
    let mut name =
        name.replace(" de de ", " de ").replace(" de des ", " des ").replace(" de du ", " du ");
    for vowel in ["A", "E", "É", "I", "O", "U", "H"] {
        name = name.replace(&format!(" de {vowel}"), &format!(" d'{vowel}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::elided;

    #[test]
    fn french_names_elide() {
        assert_eq!(elided("Hôpital de Alma"), "Hôpital d'Alma");
        assert_eq!(elided("CLSC de des Érables"), "CLSC des Érables");
        assert_eq!(elided("Foyer Saint-Luc"), "Foyer Saint-Luc");
    }
}
