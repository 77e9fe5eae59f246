//! Which of several things somebody means who types an id or a name: names are for people, ids settle
//! what a name leaves open.

use uuid::Uuid;

use super::failure::Failure;
use crate::model::text::fold;

/// Candidates that are shown where a name means several things.
const SHOWN: usize = 10;

/// One thing that could be meant.
pub(super) struct Choice<T> {
    /// Its id.
    pub(super) id: Uuid,
    /// What people call it; several where it has several names.
    pub(super) names: Vec<String>,
    /// What tells it apart from others of the same name.
    pub(super) about: String,
    /// The thing.
    pub(super) thing: T,
}

/// What is chosen from, as sentences say it.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// That there is not one, such as "no token called".
    pub(super) one: &'static str,
    /// Several, such as "tokens are called".
    pub(super) several: &'static str,
    /// The command that lists them.
    pub(super) list: &'static str,
}

impl Kind {
    /// That there is none of that name.
    pub(super) fn none(self, typed: &str) -> Failure {
        Failure::usage(format!(
            "there is {} {typed}; see them with farpane-directory {}",
            self.one, self.list
        ))
    }

    /// That there are several, each on a line that begins with its id.
    pub(super) fn which(self, typed: &str, lines: &[String]) -> Failure {
        let mut sentence = format!("several {} {typed}; name one by its id:", self.several);
        for line in lines.iter().take(SHOWN) {
            sentence.push_str(&format!("\n  {line}"));
        }
        if lines.len() > SHOWN {
            let more = lines.len() - SHOWN;
            let list = self.list;
            sentence.push_str(&format!("\n  and {more} more: farpane-directory {list}"));
        }
        Failure::usage(sentence)
    }

    /// The one of that id, or else the only one of that name.
    pub(super) fn one<T>(
        self,
        typed: &str,
        all: impl IntoIterator<Item = Choice<T>>,
    ) -> Result<T, Failure> {
        let (wanted, id) = (fold(typed), Uuid::parse_str(typed).ok());
        let mut named = Vec::new();
        for choice in all {
            if id == Some(choice.id) {
                return Ok(choice.thing);
            }
            if choice.names.iter().any(|name| fold(name) == wanted) {
                named.push(choice);
            }
        }
        if named.len() > 1 {
            let lines: Vec<_> = named
                .iter()
                .map(|choice| format!("{}  {}", choice.id, choice.about))
                .collect();
            return Err(self.which(typed, &lines));
        }
        let found = named.pop().ok_or_else(|| self.none(typed))?;
        Ok(found.thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: Kind = Kind {
        one: "no token called",
        several: "tokens are called",
        list: "token list",
    };

    fn all() -> impl Iterator<Item = Choice<u8>> {
        let named = ["Nightly", "nightly", "backup"];
        named.into_iter().zip(1_u8..).map(|(name, n)| Choice {
            id: Uuid::from_u128(n.into()),
            names: vec![name.into()],
            about: format!("of person {n}"),
            thing: n,
        })
    }

    #[test]
    fn an_id_or_a_name_of_one_means_it() {
        assert_eq!(TOKENS.one("BACKUP", all()).expect("one"), 3);
        let id = Uuid::from_u128(2).to_string();
        assert_eq!(TOKENS.one(&id, all()).expect("by its id"), 2);
    }

    #[test]
    fn a_name_of_several_lists_them_and_one_of_none_says_where_to_look() {
        let several = TOKENS
            .one("nightly", all())
            .expect_err("which?")
            .to_string();
        for n in [1_u128, 2] {
            assert!(
                several.contains(&Uuid::from_u128(n).to_string()),
                "{several}"
            );
        }
        let none = TOKENS.one("weekly", all()).expect_err("none").to_string();
        assert!(none.contains("farpane-directory token list"), "{none}");
    }
}
