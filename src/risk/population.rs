//! How many people live where: the places that masking writes and those that a policy keeps.

use crate::decode::Normalized;
use crate::entity::EntityType;
use crate::operator::Stock;
use regex_automata::meta::Regex;
use serde::Deserialize;
use std::ops::Range;
use std::sync::LazyLock;

/// What remains of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// All communities of a size in a region; all sizes without one, all of Canada without both.
    Kind { size: Option<String>, region: Option<String> },
    /// A town of known population, and its region.
    Town { people: u64, region: Option<String> },
}

impl Place {
    /// The region by itself: what a place can be generalised to.
    pub(super) fn region_only(&self) -> Self {
        let (Self::Kind { region, .. } | Self::Town { region, .. }) = self;
        // Northern Ontario is generalised to Ontario, and so on.
        let wider = region.as_deref().map(|r| r.split('-').next().unwrap_or(r).to_owned());
        let is_whole = matches!(self, Self::Kind { size: None, .. });
        Self::Kind { size: None, region: if is_whole { wider } else { region.clone() } }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlacesFile {
    source: String,
    pub(super) en: String,
    pub(super) fr: String,
    place: Vec<PlaceFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    size: String,
    region: String,
    people: u64,
    #[expect(dead_code, reason = "read by people; the schema demands it")]
    why: String,
}

/// Populations that the tables do not give.
pub(super) struct Populations {
    pub(super) source: String,
    places: Vec<PlaceFile>,
}

impl Populations {
    pub(super) fn of(file: PlacesFile) -> Self {
        Self { source: file.source, places: file.place }
    }

    /// The people of a place; `None` when nobody is known to live there.
    pub(super) fn people(&self, place: &Place, stock: &Stock) -> Option<u64> {
        let people = match place {
            Place::Town { people, .. } => *people,
            Place::Kind { size: Some(size), region: Some(region) } => {
                let typed = self.places.iter().find(|p| p.size == *size && p.region == *region);
                typed.map_or_else(|| stock.people(Some(size), Some(region)), |p| p.people)
            }
            Place::Kind { size, region } => stock.people(size.as_deref(), region.as_deref()),
        };
        Some(people).filter(|n| *n > 0)
    }
}

static TAGS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\[(?:COMMUNITY: |COLLECTIVITE : |POSTAL-CODE: |CODE-POSTAL : )[A-Za-z' ,\-]{3,60}\]",
    )
    .expect("the pattern of our own tags is tested")
});

/// Calls `found` with every place that masking wrote.
pub(super) fn tags(view: &str, stock: &Stock, mut found: impl FnMut(Place, Range<usize>)) {
    for hit in TAGS.find_iter(view) {
        let inner = view[hit.range()].split_once(": ").map_or("", |(_, inner)| inner);
        let inner = inner.trim_end_matches(']');
        let (size, region) = inner.split_once(", ").map_or((inner, None), |(s, r)| (s, Some(r)));
        let same =
            |written: &str, word: &str| Normalized::new(word).text.eq_ignore_ascii_case(written);
        let size_key = stock.size_key(|word| same(size, word));
        let region_key = stock.region_key(|word| same(region.unwrap_or(size), word));
        if size_key.is_some() || region_key.is_some() {
            found(Place::Kind { size: size_key, region: region_key }, hit.range());
        }
    }
}

/// What a place that the policy keeps says.
pub(super) fn kept(entity: EntityType, text: &str, stock: &Stock) -> Option<Place> {
    match entity {
        EntityType::City => stock.town(text).map(|(people, region)| Place::Town { people, region }),
        EntityType::Fsa => {
            let people = stock.fsa_people(text)?;
            Some(Place::Town { people, region: None })
        }
        EntityType::Province => {
            let text = Normalized::new(text).text;
            let region =
                stock.region_key(|word| Normalized::new(word).text.eq_ignore_ascii_case(&text));
            region.map(|region| Place::Kind { size: None, region: Some(region) })
        }
        _ => None,
    }
}
