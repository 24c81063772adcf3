//! How many people live in the kinds of places that generalisation writes.

use std::collections::BTreeMap;

/// People of an area: all, and those of its rural part.
type All = (u64, u64);

/// Sums of the lists, made once.
#[derive(Default)]
pub(super) struct People {
    /// Of listed communities by size, by region.
    listed: BTreeMap<String, BTreeMap<String, u64>>,
    /// Of postal areas by their region; rural ones have a 0 in second place.
    regions: BTreeMap<String, All>,
}

impl People {
    /// Counts a community of the list.
    pub(super) fn add_community(&mut self, size: &str, region: &str, people: u64) {
        // Thousands of them: no key is made for what is counted already.
        if let Some(sum) = self.listed.get_mut(size).and_then(|of| of.get_mut(region)) {
            *sum += people;
        } else {
            self.listed.entry(size.to_owned()).or_default().insert(region.to_owned(), people);
        }
    }

    /// Counts a postal area.
    pub(super) fn add_area(&mut self, code: &str, region: &str, people: u64) {
        let (all, rural) = self.regions.entry(region.to_owned()).or_default();
        *all += people;
        *rural += if code.as_bytes().get(1) == Some(&b'0') { people } else { 0 };
    }

    /// People in communities of a size in a region: rural people by the rural postal areas, others
    /// by the list of communities, and never more than live there. 0 when nothing is known.
    pub(super) fn of(&self, size: Option<&str>, region: Option<&str>) -> u64 {
        let mine = |key: &str| match region {
            None => true,
            // Ontario without a part of it is all of it; its communities are those of the south.
            Some("ON") if size.is_some() => key != "ON-N" && key.starts_with("ON"),
            Some("ON") => key.starts_with("ON"),
            Some(region) => key == region,
        };
        let areas = self.regions.iter().filter(|(key, _)| mine(key));
        let (all, rural) = areas.fold((0, 0), |(a, r), (_, n)| (a + n.0, r + n.1));
        match size {
            None => all,
            Some("rural") if rural > 0 => rural,
            Some(size) => {
                let listed = self.listed.get(size).into_iter().flatten();
                let listed: u64 = listed.filter(|(r, _)| mine(r)).map(|(_, n)| n).sum();
                if all > 0 { listed.min(all) } else { listed }
            }
        }
    }
}
