//! Provinces and countries as people write them, English and French.

pub(super) const PROVINCES_EN: [&str; 13] = [
    "Ontario",
    "Quebec",
    "Manitoba",
    "Saskatchewan",
    "Alberta",
    "British Columbia",
    "Nova Scotia",
    "New Brunswick",
    "Newfoundland",
    "PEI",
    "Yukon",
    "Nunavut",
    "Northwest Territories",
];

pub(super) const PROVINCES_FR: [&str; 9] = [
    "Ontario",
    "Québec",
    "Manitoba",
    "Saskatchewan",
    "Alberta",
    "Colombie-Britannique",
    "Nouvelle-Écosse",
    "Nouveau-Brunswick",
    "Nunavut",
];

pub(super) const PROVINCE_CODES: [&str; 13] =
    ["ON", "QC", "MB", "SK", "AB", "BC", "NS", "NB", "NL", "PE", "YT", "NU", "NT"];

pub(super) const COUNTRIES_EN: [&str; 24] = [
    "Somalia",
    "Syria",
    "Philippines",
    "Jamaica",
    "Haiti",
    "Poland",
    "Ukraine",
    "India",
    "Pakistan",
    "Sri Lanka",
    "Vietnam",
    "China",
    "Portugal",
    "Italy",
    "Mexico",
    "Ethiopia",
    "Eritrea",
    "Nigeria",
    "Ghana",
    "Iran",
    "Lebanon",
    "Guyana",
    "Colombia",
    "Afghanistan",
];

pub(super) const COUNTRIES_FR: [&str; 16] = [
    "Haïti",
    "Maroc",
    "Algérie",
    "Tunisie",
    "Liban",
    "Syrie",
    "Colombie",
    "Congo",
    "Cameroun",
    "Sénégal",
    "France",
    "Belgique",
    "Vietnam",
    "Mexique",
    "Roumanie",
    "Portugal",
];
