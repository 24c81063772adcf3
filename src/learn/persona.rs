//! People of a document: who they are, and the forms in which their names are written.

use super::list::Lists;
use super::random::Random;

/// One person.
#[derive(Clone, Debug)]
pub(super) struct Persona {
    pub(super) given: String,
    pub(super) surname: String,
    pub(super) nick: String,
    pub(super) culture: String,
}

/// A written form of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Full,
    First,
    Last,
    LastFirst,
    Initials,
    InitialLast,
    Nick,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::First => "first",
            Self::Last => "last",
            Self::LastFirst => "last_first",
            Self::Initials => "initials",
            Self::InitialLast => "initial_last",
            Self::Nick => "nickname",
        }
    }

    /// The form of a slot's suffix; any form when it has none.
    pub(super) fn of(suffix: Option<&str>, random: &mut Random) -> Self {
        match suffix {
            Some("full") => Self::Full,
            Some("first") => Self::First,
            Some("last") => Self::Last,
            Some("lastfirst") => Self::LastFirst,
            Some("initials") => Self::Initials,
            Some("fl") => Self::InitialLast,
            Some("nick") => Self::Nick,
            _ => *random.pick(&[
                Self::Full,
                Self::Full,
                Self::Full,
                Self::First,
                Self::First,
                Self::Last,
                Self::Last,
                Self::LastFirst,
                Self::InitialLast,
                Self::Initials,
                Self::Nick,
            ]),
        }
    }
}

impl Persona {
    pub(super) fn new(
        random: &mut Random,
        lists: &Lists,
        french: bool,
        lexicon: &[String],
    ) -> Self {
        let common = if french { "french_canadian" } else { "anglo" };
        let culture = if random.percent(25) {
            common.to_owned()
        } else {
            random.pick(&lists.cultures).clone()
        };
        let sex = if random.percent(50) { "given_f" } else { "given_m" };
        let mut given = random.pick(lists.get(&format!("names/{culture}.{sex}"))).clone();
        let mut surname = random.pick(lists.get(&format!("names/{culture}.surname"))).clone();
        // A fifth comes from wide lists, a fifth is made up letter by letter.
        if random.percent(20) && !lexicon.is_empty() {
            surname = capitalised(random.pick::<String>(lexicon));
        }
        if random.percent(15) && !lexicon.is_empty() {
            given = capitalised(random.pick::<String>(lexicon));
        }
        if random.percent(18) {
            surname = invented(random, &surname);
        }
        if random.percent(12) {
            given = invented(random, &given);
        }
        if random.percent(6) {
            let other = random.pick(lists.get(&format!("names/{culture}.surname"))).clone();
            surname = format!("{surname}-{other}");
        }
        let nick = match random.below(3) {
            0 => random.pick(lists.get("names/nicknames")).clone(),
            1 => given.chars().take(random.between(3, 4)).collect(),
            _ => given.clone(),
        };
        Self { given, surname, nick, culture }
    }

    pub(super) fn written(&self, form: Form, random: &mut Random) -> String {
        let initial = |s: &str| s.chars().next().unwrap_or('X').to_uppercase().to_string();
        match form {
            Form::Full if random.percent(8) => {
                format!("{} {}. {}", self.given, random.fill("@"), self.surname)
            }
            Form::Full if random.percent(6) => {
                format!("{} {}", self.given, self.surname.to_uppercase())
            }
            Form::Full => format!("{} {}", self.given, self.surname),
            Form::First => self.given.clone(),
            Form::Last if random.percent(8) => self.surname.to_uppercase(),
            Form::Last => self.surname.clone(),
            Form::LastFirst => match random.below(4) {
                0 => format!("{}, {}", self.surname, self.given),
                1 => format!("{} {}", self.surname.to_uppercase(), self.given),
                _ => format!("{}, {}", self.surname.to_uppercase(), self.given),
            },
            Form::Initials => {
                let (g, s) = (initial(&self.given), initial(&self.surname));
                match random.below(12) {
                    0 | 1 => format!("{g}.{s}."),
                    2 => format!("{g}. {s}."),
                    3 => format!("{g}{}{s}", random.fill("@")),
                    4 => format!("{g}.{}.{s}.", random.fill("@")),
                    5 => format!("{g}-{s}"),
                    6 => format!("{g}{s}").to_lowercase(),
                    _ => format!("{g}{s}"),
                }
            }
            Form::InitialLast => {
                let dot = if random.percent(75) { "." } else { "" };
                format!("{}{dot} {}", initial(&self.given), self.surname)
            }
            Form::Nick => self.nick.clone(),
        }
    }
}

pub(super) fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// A name that no list has: syllables, or a known one changed.
pub(super) fn invented(random: &mut Random, base: &str) -> String {
    const ONSETS: [&str; 32] = [
        "b", "br", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "kh", "l", "m", "mw", "n",
        "ng", "p", "qu", "r", "s", "sh", "st", "t", "tr", "ts", "v", "w", "y", "z", "",
    ];
    const NUCLEI: [&str; 15] =
        ["a", "e", "i", "o", "u", "aa", "ee", "oo", "ia", "ai", "ou", "ie", "é", "y", "uo"];
    const CODAS: [&str; 20] = [
        "", "", "", "n", "r", "l", "s", "k", "m", "nd", "rt", "sh", "ck", "ng", "t", "v", "w",
        "ski", "ssen", "eau",
    ];
    if random.percent(45) {
        let mut chars: Vec<char> = base.chars().collect();
        for _ in 0..random.between(1, 2) {
            let at = random.between(1, chars.len().max(2) - 1).min(chars.len());
            match random.below(3) {
                0 if chars.len() > 4 && at < chars.len() => {
                    chars.remove(at);
                }
                1 => chars
                    .insert(at, *random.pick(&['a', 'e', 'i', 'o', 'u', 'n', 'r', 'k', 'l', 'h'])),
                _ if at < chars.len() => {
                    chars[at] = *random.pick(&['a', 'e', 'i', 'o', 'u', 'n', 's', 't', 'm']);
                }
                _ => {}
            }
        }
        return capitalised(&chars.into_iter().collect::<String>());
    }
    let syllables = random.between(2, 3);
    let word: String = (0..syllables)
        .map(|_| format!("{}{}{}", random.pick(&ONSETS), random.pick(&NUCLEI), random.pick(&CODAS)))
        .collect();
    capitalised(&word)
}
