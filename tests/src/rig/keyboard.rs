//! What a person types on keyboards of several countries: which keys, and which text that makes.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::xclient::{XClient, code_of, key};

/// Evdev code of AltGr.
const ALT_GR: u8 = 100;

/// Keys beside letters and digits, as they are engraved on a US keyboard.
const OTHERS: [(&str, u8); 18] = [
    ("-", 12),
    ("=", 13),
    ("[", 26),
    ("]", 27),
    (";", 39),
    ("'", 40),
    ("`", 41),
    ("\\", 43),
    (",", 51),
    (".", 52),
    ("/", 53),
    ("space", 57),
    ("caps", 58),
    ("numlock", 69),
    ("keypad7", 71),
    ("<>", 86),
    ("f4", 62),
    ("enter", 28),
];

/// Keys pressed one after the other on a keyboard of one country, and the text that this makes.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// As `setxkbmap` calls it.
    pub layout: &'static str,
    /// The keys, by what is engraved there on a US keyboard.
    pub keys: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Letters, digits, signs, AltGr, dead keys and Caps Lock of each country.
#[rustfmt::skip] // a table is read by column
pub const SAMPLES: [Sample; 5] = [
    Sample {
        layout: "us",
        keys: "h e l l o shift+1 space a ; ' [ ] \\ shift+2 shift+[ caps a 1 shift+a caps a",
        text: "hello! a;'[]\\@{A1aa",
    },
    Sample {
        layout: "de",
        keys: "y z ; ' [ - shift+[ altgr+q altgr+e altgr+7 altgr+8 altgr+9 altgr+0 altgr+- \
               altgr+<> altgr+] shift+7 shift+2 ` e = e shift+= a ] shift+] caps a [ 1 caps a",
        text: "zyöäüßÜ@€{[]}\\|~/\"êéà+*AÜ1a",
    },
    Sample {
        layout: "fr",
        keys: "q w a z ; m , . / shift+/ 1 2 3 7 8 9 0 shift+1 shift+0 altgr+0 altgr+3 altgr+e \
               altgr+4 altgr+5 altgr+- altgr+= altgr+8 [ e [ o shift+[ i ' caps q caps q",
        text: "azqwm,;:!§&é\"è_çà10@#€{[]}\\êôïùAa",
    },
    Sample {
        layout: "pt",
        keys: "; shift+; ' - = shift+- altgr+2 altgr+3 altgr+e altgr+7 altgr+0 \
               ] a shift+] a \\ a \\ n shift+\\ e altgr+[ u caps ; caps ;",
        text: "çÇº'«?@£€{}áàãñêüÇç",
    },
    Sample {
        layout: "pl",
        keys: "altgr+a altgr+c altgr+e altgr+l altgr+n altgr+o altgr+s altgr+x altgr+z \
               shift+altgr+a shift+altgr+l shift+altgr+z altgr+5 shift+2 [ ] y z \
               caps a altgr+a caps a",
        text: "ąćęłńóśźżĄŁŻ€@[]yzAĄa",
    },
];

/// The sample of a country.
pub fn sample(layout: &str) -> Sample {
    let found = SAMPLES.into_iter().find(|sample| sample.layout == layout);
    found.unwrap_or_else(|| panic!("no sample for {layout}"))
}

/// Gives a display the keyboard of a country.
pub fn set_layout(display: &str, layout: &str) -> Result<()> {
    let mut command = Command::new("setxkbmap");
    command.args(["-display", display, "-model", "pc105", "-layout", layout]);
    let done = command
        .args(["-option", ""])
        .status()
        .context("setxkbmap does not start: install the package x11-xkb-utils")?;
    ensure!(done.success(), "setxkbmap -layout {layout} failed");
    Ok(())
}

/// Presses keys, one after the other: each is a name, with modifiers before it, as in `shift+a`.
pub fn press(hands: &XClient, keys: &str) -> Result<()> {
    for chord in keys.split_whitespace() {
        let mut names: Vec<&str> = chord.split('+').collect();
        let last = names.pop().context("a chord has a key")?;
        let modifiers = names
            .into_iter()
            .map(modifier)
            .collect::<Result<Vec<u8>>>()?;
        for code in &modifiers {
            hands.key(*code, true)?;
        }
        hands.tap(position(last)?)?;
        for code in modifiers.iter().rev() {
            hands.key(*code, false)?;
        }
    }
    Ok(())
}

fn modifier(name: &str) -> Result<u8> {
    match name {
        "shift" => Ok(key::SHIFT),
        "ctrl" => Ok(key::CONTROL),
        "alt" => Ok(key::ALT),
        "altgr" => Ok(ALT_GR),
        other => anyhow::bail!("no modifier is called {other:?}"),
    }
}

fn position(name: &str) -> Result<u8> {
    let other = OTHERS.iter().find(|(known, _)| *known == name);
    if let Some((_, code)) = other {
        return Ok(*code);
    }
    let mut letters = name.chars();
    letters
        .next()
        .filter(|_| letters.next().is_none())
        .and_then(code_of)
        .with_context(|| format!("no key is called {name:?}"))
}
