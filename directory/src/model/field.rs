//! Custom fields: what an organisation wants to know about its devices beside what is built in.

use super::said::Said;
use super::text;

/// Most fields of one organisation: what fits on a page that people fill in.
pub const FIELDS_MOST: usize = 100;

/// Most choices of one field.
pub const CHOICES_MOST: usize = 200;

/// Longest key, in bytes: it is typed into searches and heads columns.
const KEY_BYTES: usize = 40;

/// What values a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// A day, such as 2027-03-31.
    Date,
    /// One of these.
    Choice(Vec<String>),
}

impl FieldKind {
    /// As it is kept and shown.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Choice(_) => "choice",
        }
    }

    /// The kind of that word; choices are for [`Self::Choice`] only.
    pub fn of(word: &str, choices: Vec<String>) -> Option<Self> {
        match word {
            "text" => Some(Self::Text),
            "number" => Some(Self::Number),
            "date" => Some(Self::Date),
            "choice" => Some(Self::Choice(choices)),
            _ => None,
        }
    }
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its number inside the database; 0 before it is kept.
    pub num: i64,
    /// What it is called in searches and columns: `field.KEY`.
    pub key: String,
    /// What it is called on pages.
    pub label: String,
    /// What values it takes.
    pub kind: FieldKind,
}

/// A value of a field, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValue {
    /// As it is shown.
    pub text: String,
    /// As a number, for fields that are numbers.
    pub amount: Option<f64>,
}

/// A key as it is kept: small letters, digits, `-` and `_`, beginning with a letter.
pub fn key(typed: &str) -> Option<String> {
    let key = typed.trim().to_ascii_lowercase();
    let fits = key.len() <= KEY_BYTES
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
    fits.then_some(key)
}

/// Whether a text is a day: four digits, two, two, and a month and day that exist.
pub fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else {
        return false;
    };
    let month = u8::try_from(month)
        .ok()
        .and_then(|n| time::Month::try_from(n).ok());
    month.is_some_and(|month| {
        let day = u8::try_from(day).unwrap_or(0);
        time::Date::from_calendar_date(i32::from(year), month, day).is_ok()
    })
}

impl Field {
    /// Takes a value as it is typed. What it should have been is said if it does not fit.
    pub fn take(&self, typed: &str) -> Result<FieldValue, Said> {
        let value = text::name(typed);
        let wrong = |text| Said::new(text).text("label", &self.label);
        let fits = |amount| {
            Ok(FieldValue {
                text: value.clone(),
                amount,
            })
        };
        match &self.kind {
            FieldKind::Text => fits(None),
            FieldKind::Number => match value.parse::<f64>() {
                Ok(number) if number.is_finite() => fits(Some(number)),
                Ok(_) | Err(_) => Err(wrong("{label} needs a number such as 12 or 0.5.")),
            },
            FieldKind::Date if is_date(&value) => fits(None),
            FieldKind::Date => Err(wrong("{label} needs a day such as 2027-03-31.")),
            FieldKind::Choice(choices) => {
                let chosen = choices
                    .iter()
                    .find(|choice| text::fold(choice) == text::fold(&value));
                match chosen {
                    Some(choice) => Ok(FieldValue {
                        text: choice.clone(),
                        amount: None,
                    }),
                    None => {
                        Err(wrong("{label} is one of: {choices}.")
                            .text("choices", choices.join(", ")))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_kind_or_are_refused_in_words() {
        let field = |kind| Field {
            num: 1,
            key: "x".into(),
            label: "Warranty".into(),
            kind,
        };
        assert!(field(FieldKind::Date).take("2027-02-29").is_err());
        assert!(field(FieldKind::Date).take("2028-02-29").is_ok());
        assert!(field(FieldKind::Date).take("+202-02-29").is_err());
        assert!(field(FieldKind::Number).take("NaN").is_err());
        let number = field(FieldKind::Number).take(" 0.5 ").expect("fits");
        assert_eq!(number.amount, Some(0.5));
        let choice = field(FieldKind::Choice(vec!["Gold".into()]));
        assert_eq!(choice.take("GOLD").expect("fits").text, "Gold");
        assert!(
            choice
                .take("lead")
                .expect_err("no such")
                .to_string()
                .contains("Gold")
        );
        assert_eq!(key(" Asset-No ").as_deref(), Some("asset-no"));
        assert_eq!(key("9x"), None);
        assert_eq!(key("a b"), None);
    }
}
