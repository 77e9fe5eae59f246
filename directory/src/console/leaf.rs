//! One page of a list that is read whole: which rows stand on it, and where the pages beside it are.

use super::devices::percent;

/// Rows of a page.
const ROWS: usize = 50;

/// A page of a list, with the way to the pages beside it.
pub(super) struct Leaf<T> {
    pub(super) rows: Vec<T>,
    /// How many rows the whole list has.
    pub(super) all: usize,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    /// Which rows these are, such as `51–100`.
    pub(super) shown: String,
}

impl<T> Leaf<T> {
    /// The page of that number, as an address has it, of what a search for `q` at `path` found. A
    /// number that is none, or too high, leads to a page that is there.
    pub(super) fn of(mut found: Vec<T>, number: &str, path: &str, q: &str) -> Self {
        let all = found.len();
        let last = all.saturating_sub(1) / ROWS;
        let number = number.parse::<usize>().unwrap_or(1).clamp(1, last + 1) - 1;
        let start = number * ROWS;
        let mut rows = found.split_off(start.min(all));
        rows.truncate(ROWS);
        let address = |number: usize| {
            let search = match q {
                "" => String::new(),
                q => format!("q={}&", percent(q)),
            };
            format!("{path}?{search}page={}", number + 1)
        };
        Self {
            all,
            previous: (number > 0).then(|| address(number - 1)),
            next: (number < last).then(|| address(number + 1)),
            shown: format!("{}–{}", (start + 1).min(all), start + rows.len()),
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_joined_are_the_whole_list_and_every_number_leads_to_one() {
        let list: Vec<usize> = (0..120).collect();
        let leaf = |number: &str| Leaf::of(list.clone(), number, "/people", "a&b");
        let mut seen = Vec::new();
        for number in ["1", "2", "3"] {
            seen.extend(leaf(number).rows);
        }
        assert_eq!(seen, list);
        let middle = leaf("2");
        assert_eq!(middle.previous.as_deref(), Some("/people?q=a%26b&page=1"));
        assert_eq!(middle.next.as_deref(), Some("/people?q=a%26b&page=3"));
        assert_eq!((middle.shown.as_str(), middle.all), ("51–100", 120));
        for (strange, shown) in [
            ("0", "1–50"),
            ("x", "1–50"),
            ("", "1–50"),
            ("99", "101–120"),
        ] {
            assert_eq!(leaf(strange).shown, shown, "{strange}");
        }
        let none = Leaf::of(Vec::<u8>::new(), "7", "/people", "");
        assert!(none.rows.is_empty() && none.previous.is_none() && none.next.is_none());
    }
}
