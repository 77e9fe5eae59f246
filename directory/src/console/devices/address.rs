//! The address of the list of devices: what is searched, how it is sorted, which columns are shown
//! and which page is open, so that a list can be kept as a bookmark and sent to somebody.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::columns::{COLUMNS_MOST, Column};
use crate::model::catalogue::Sort;

/// What stands in the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(super) search: String,
    pub(super) sort: Sort,
    pub(super) page: String,
    pub(super) columns: Vec<Column>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    /// Read by hand, because `col` stands there once for each column.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

impl Asked {
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::of(String::new());
        let mut columns = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => asked.search = value.into_owned(),
                "sort" => asked.sort = Sort::parse(&value).unwrap_or_default(),
                "page" => asked.page = value.into_owned(),
                "col" if columns.len() < COLUMNS_MOST => {
                    let column = Column::named(&value);
                    columns.extend(column.filter(|column| !columns.contains(column)));
                }
                _ => {}
            }
        }
        if !columns.is_empty() {
            asked.columns = columns;
        }
        asked
    }

    /// A search with nothing chosen.
    pub(super) fn of(search: String) -> Self {
        Self {
            search,
            sort: Sort::default(),
            page: String::new(),
            columns: Column::USUAL.to_vec(),
        }
    }

    /// Whether somebody chose columns.
    pub(super) fn chose(&self) -> bool {
        self.columns != Column::USUAL
    }

    /// The address of the list.
    pub(super) fn address(&self) -> String {
        self.at("/devices")
    }

    /// The same behind another path.
    pub(super) fn at(&self, path: &str) -> String {
        let mut parts = Vec::new();
        let mut part = |name: &str, value: &str| {
            if !value.is_empty() {
                parts.push(format!("{name}={}", percent(value)));
            }
        };
        part("q", &self.search);
        if self.sort != Sort::default() {
            part("sort", &self.sort.to_string());
        }
        if self.chose() {
            for column in &self.columns {
                part("col", &column.word());
            }
        }
        part("page", &self.page);
        if parts.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", parts.join("&"))
        }
    }

    /// The first page of another search.
    pub(super) fn searching(&self, search: &str) -> Self {
        Self {
            search: search.to_owned(),
            page: String::new(),
            ..self.clone()
        }
    }

    /// The first page in another order.
    pub(super) fn sorted(&self, sort: Sort) -> Self {
        Self {
            sort,
            page: String::new(),
            ..self.clone()
        }
    }

    /// Another page.
    pub(super) fn page(&self, page: &str) -> Self {
        Self {
            page: page.to_owned(),
            ..self.clone()
        }
    }
}

/// Everything but letters and digits by its bytes (RFC 3986, section 2.1).
pub(in crate::console) fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_what_was_searched_sorted_and_chosen_and_are_read_again() {
        let plain = Asked::of(String::new());
        assert_eq!(plain.address(), "/devices");
        let asked = plain.searching("a&b \"").page("x=");
        assert_eq!(asked.address(), "/devices?q=a%26b%20%22&page=x%3D");
        let down = Sort::parse("-heard").expect("an order");
        let mut sorted = asked.sorted(down);
        sorted.columns = vec![Column::History, Column::Field("room".into())];
        let address = sorted.address();
        let shown = "/devices?q=a%26b%20%22&sort=%2Dheard&col=history&col=field%2Eroom";
        assert_eq!(address, shown);
        let (_, query) = address.split_once('?').expect("a query");
        assert_eq!(Asked::read(query), sorted);
    }

    #[test]
    fn what_is_not_understood_in_an_address_is_left_out() {
        let asked = Asked::read("col=nothing&col=%3Cb%3E&sort=%C3%A4&other=1&col=os&col=os");
        assert_eq!(asked.columns, [Column::System]);
        assert_eq!(asked.sort, Sort::default());
        let many: Vec<_> = (0..99).map(|n| format!("col=field.f{n}")).collect();
        assert_eq!(Asked::read(&many.join("&")).columns.len(), COLUMNS_MOST);
    }
}
