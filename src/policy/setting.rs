//! What a policy says of one entity type: an operator, its parameters, and when it applies.

use crate::case::FieldClass;
use serde::{Deserialize, Serialize};

/// What replaces an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(feature = "service", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// It stays.
    Keep,
    /// A numbered role tag, such as `[PATIENT-1]`.
    Tag,
    /// `[REDACTED]`, the same for everything.
    Redact,
    /// One `*` for each letter or digit: shows how long it was, so no shipped policy has it.
    CharacterMask,
    /// A full date as time before or after the presentation, a partial one as its year.
    Relative,
    /// A date as its year.
    Year,
    /// A season with its year if it has one; other dates as their year.
    Season,
    /// A full date moved by the weeks of its patient; needs a key.
    Shift,
    /// An age as `90+` or its band; a birth date as the age at the presentation.
    Age,
    /// A place as its size and region: `[COMMUNITY: rural, northern Ontario]`.
    Community,
    /// A postal code as its region.
    Region,
    /// A postal code as its first three characters, where enough people live there.
    Fsa,
    /// An occupation as its group.
    Occupation,
    /// HMAC-SHA-256 of the value; needs a key.
    KeyedHash,
    /// The value encrypted with AES-SIV; needs a key, which also opens it.
    Seal,
    /// A realistic stand-in; needs a key.
    Surrogate,
}

impl Operator {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::Keep,
        Self::Tag,
        Self::Redact,
        Self::CharacterMask,
        Self::Relative,
        Self::Year,
        Self::Season,
        Self::Shift,
        Self::Age,
        Self::Community,
        Self::Region,
        Self::Fsa,
        Self::Occupation,
        Self::KeyedHash,
        Self::Seal,
        Self::Surrogate,
    ];

    /// The name in policy files and answers, such as `keyed-hash`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Tag => "tag",
            Self::Redact => "redact",
            Self::CharacterMask => "character-mask",
            Self::Relative => "relative",
            Self::Year => "year",
            Self::Season => "season",
            Self::Shift => "shift",
            Self::Age => "age",
            Self::Community => "community",
            Self::Region => "region",
            Self::Fsa => "fsa",
            Self::Occupation => "occupation",
            Self::KeyedHash => "keyed-hash",
            Self::Seal => "seal",
            Self::Surrogate => "surrogate",
        }
    }

    /// True when it cannot work without a key.
    pub fn needs_key(self) -> bool {
        matches!(self, Self::Shift | Self::KeyedHash | Self::Seal | Self::Surrogate)
    }
}

/// An operator with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The operator.
    pub operator: Operator,
    /// What becomes of a value that it cannot read; the policy's default when not said.
    pub otherwise: Operator,
    /// The least score that it applies to, 0.5 to 1; what is under it stays.
    pub floor: f32,
    /// Years before it are not shown: they tell an age of 90 or more.
    pub from_year: Option<i32>,
    /// Years of an age band; without it only ages of 90 and over change.
    pub band: Option<u32>,
    /// The least number of people of an FSA that is kept.
    pub min_population: u32,
    /// When it applies.
    pub when: When,
}

/// Conditions; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The value is an age of at least so many years.
    pub age_at_least: Option<u32>,
    /// The value is a place with at least so many people; unknown counts as none.
    pub population_at_least: Option<u32>,
    /// The field is of this class by its form definition.
    pub field_class: Option<FieldClass>,
}

impl When {
    /// True when there is no condition.
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SettingFile {
    operator: Operator,
    otherwise: Option<Operator>,
    floor: Option<f32>,
    from_year: Option<i32>,
    band: Option<u32>,
    min_population: Option<u32>,
    when: Option<WhenFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WhenFile {
    age_at_least: Option<u32>,
    population_at_least: Option<u32>,
    field_class: Option<ClassFile>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClassFile {
    Direct,
    Quasi,
    Clinical,
    Admin,
    Unmapped,
}

/// Settings as a policy file writes them: an operator's name, a table, or a list of tables that
/// are tried in order.
pub(super) fn read(value: &toml::Value, default: Operator) -> Result<Vec<Setting>, String> {
    let settings = match value {
        toml::Value::Array(items) if items.is_empty() => return Err("an empty list".to_owned()),
        toml::Value::Array(items) => {
            items.iter().map(|v| one(v, default)).collect::<Result<Vec<_>, _>>()?
        }
        value => vec![one(value, default)?],
    };
    let conditional = settings.iter().position(|s| s.when.is_always());
    if conditional != Some(settings.len() - 1) {
        return Err("the last of a list, and only the last, has no `when`".to_owned());
    }
    Ok(settings)
}

fn one(value: &toml::Value, default: Operator) -> Result<Setting, String> {
    let file: SettingFile = match value {
        toml::Value::String(_) => {
            let operator = value.clone().try_into().map_err(|e| format!("{e}"))?;
            return Ok(Setting::of(operator, default));
        }
        value => value.clone().try_into().map_err(|e| format!("{e}"))?,
    };
    let mut setting = Setting::of(file.operator, file.otherwise.unwrap_or(default));
    setting.floor = file.floor.unwrap_or(setting.floor);
    setting.from_year = file.from_year;
    setting.band = file.band;
    setting.min_population = file.min_population.unwrap_or(setting.min_population);
    if let Some(when) = file.when {
        setting.when = When {
            age_at_least: when.age_at_least,
            population_at_least: when.population_at_least,
            field_class: when.field_class.map(|c| match c {
                ClassFile::Direct => FieldClass::Direct,
                ClassFile::Quasi => FieldClass::Quasi,
                ClassFile::Clinical => FieldClass::Clinical,
                ClassFile::Admin => FieldClass::Admin,
                ClassFile::Unmapped => FieldClass::Unmapped,
            }),
        };
    }
    setting.check()?;
    Ok(setting)
}

impl Setting {
    /// The operator with usual parameters.
    pub(super) fn of(operator: Operator, otherwise: Operator) -> Self {
        Self {
            operator,
            otherwise,
            floor: 0.5,
            from_year: None,
            band: None,
            min_population: 20_000,
            when: When::default(),
        }
    }

    fn check(&self) -> Result<(), String> {
        use Operator as O;
        let takes = |wanted: &[O], given: bool, name: &str| {
            if given && !wanted.contains(&self.operator) {
                return Err(format!(
                    "`{name}` means nothing to operator `{}`",
                    self.operator.name()
                ));
            }
            Ok(())
        };
        takes(&[O::Relative, O::Year, O::Season, O::Shift], self.from_year.is_some(), "from-year")?;
        takes(&[O::Age], self.band.is_some(), "band")?;
        takes(&[O::Fsa], self.min_population != 20_000, "min-population")?;
        if !matches!(self.otherwise, O::Keep | O::Tag | O::Redact) {
            return Err("`otherwise` is keep, tag or redact".to_owned());
        }
        if !(0.5..=1.0).contains(&self.floor) {
            return Err("`floor` is 0.5 to 1: below 0.5 nothing is proposed".to_owned());
        }
        if self.band.is_some_and(|b| !(2..=20).contains(&b)) {
            return Err("`band` is 2 to 20 years".to_owned());
        }
        Ok(())
    }

    /// The setting as a policy file would write it.
    pub fn describe(&self) -> String {
        let mut parts = vec![self.operator.name().to_owned()];
        if !matches!(
            self.operator,
            Operator::Keep | Operator::Tag | Operator::Redact | Operator::CharacterMask
        ) {
            parts.push(format!("otherwise {}", self.otherwise.name()));
        }
        if self.floor > 0.5 {
            parts.push(format!("from score {}", self.floor));
        }
        if let Some(year) = self.from_year {
            parts.push(format!("years from {year}"));
        }
        if let Some(band) = self.band {
            parts.push(format!("bands of {band} years"));
        }
        if self.operator == Operator::Fsa {
            parts.push(format!("from {} people", self.min_population));
        }
        if let Some(age) = self.when.age_at_least {
            parts.push(format!("when the age is at least {age}"));
        }
        if let Some(people) = self.when.population_at_least {
            parts.push(format!("when at least {people} people live there"));
        }
        if let Some(class) = self.when.field_class {
            parts.push(format!("when the field is {}", format!("{class:?}").to_lowercase()));
        }
        parts.join(", ")
    }
}
