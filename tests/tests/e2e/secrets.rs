//! What is secret stays with whom it was given to: at the most talkative level no log says it, no
//! record, no refusal and no later answer holds it, and the database keeps it only in a form that
//! opens nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use farpane_protocol::api::{DeviceCode, DeviceCodeRequest, TokenRequest, path};
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::key::SecretKey;
use farpane_tests::rig::browser::trust;
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use farpane_transport::directory::DirectoryClient;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use serde_json::{Value, json};

/// How long one request may take while everything is logged.
const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// A password that is not the right one, and one that a link sets.
const MISTYPED: &str = "eight silent gulls by the fjord";
const SECOND_PASSWORD: &str = "nine grey gulls above the quay";
const PASSPHRASE: &str = "ten tarred boats below the crane";

/// What stands before the secret of an API token, and of a webhook.
const TOKEN: &str = "fpt_";
const HOOK: &str = "whsec_";

/// A person's way into the directory without a browser, and everything that it was answered.
struct Visitor {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    url: String,
    cookie: String,
    heard: Vec<(String, String)>,
}

/// What came back.
struct Answer {
    status: u16,
    location: String,
    text: String,
}

impl Answer {
    fn between(&self, before: &str, after: &str) -> Result<String> {
        let (_, rest) = self.text.split_once(before).context(before.to_owned())?;
        let (found, _) = rest.split_once(after).context(after.to_owned())?;
        Ok(found.to_owned())
    }
}

impl Visitor {
    fn new(estate: &Estate) -> Result<Self> {
        Ok(Self {
            client: trust::client(&estate.folder().join("directory"))?,
            runtime: tokio::runtime::Runtime::new()?,
            url: estate.url().to_owned(),
            cookie: String::new(),
            heard: Vec::new(),
        })
    }

    fn ask(&mut self, method: Method, path: &str, kind: &str, body: String) -> Result<Answer> {
        let shown = format!("{method} {path}");
        let request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, kind)
            .timeout(ANSWER_WAIT)
            .body(body);
        self.send(shown, request)
    }

    fn send(&mut self, shown: String, request: reqwest::RequestBuilder) -> Result<Answer> {
        let (answer, set) = self.runtime.block_on(async {
            let answer = request.send().await?;
            let header = |name| answer.headers().get(name).and_then(|v| v.to_str().ok());
            let location = header(LOCATION).unwrap_or_default().to_owned();
            let set = header(SET_COOKIE).map(str::to_owned);
            let status = answer.status().as_u16();
            let text = answer.text().await?;
            anyhow::Ok((
                Answer {
                    status,
                    location,
                    text,
                },
                set,
            ))
        })?;
        if let Some(pair) = set.as_deref().and_then(|set| set.split(';').next()) {
            pair.clone_into(&mut self.cookie);
        }
        let said = format!("{} {} {}", answer.status, answer.location, answer.text);
        self.heard.push((shown, said));
        Ok(answer)
    }

    fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask(Method::GET, path, "text/plain", String::new())
    }

    fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let mut url = reqwest::Url::parse(&self.url)?;
        url.query_pairs_mut().extend_pairs(fields);
        let body = url.query().unwrap_or_default().to_owned();
        self.ask(
            Method::POST,
            path,
            "application/x-www-form-urlencoded",
            body,
        )
    }

    fn json(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.ask(Method::POST, path, "application/json", body.to_string())
    }
}

/// What an app with that secret shows now.
fn code(letters: &str) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let secret = totp_rs::Secret::try_from_base32(letters.replace(' ', ""));
    let secret = secret.map_err(|error| anyhow::anyhow!("{letters}: {error:?}"))?;
    let app = totp_rs::Builder::new()
        .with_secret(secret)
        .with_account_name(ADMIN);
    let app = app.build().map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(app.generate(now).to_string())
}

/// Everything secret that one installation hands out, by what it is.
type Secrets = BTreeMap<String, String>;

/// What is secret in what was handed out: what follows the last sign that parts its pieces.
fn secret_of(handed: &str, before: &str) -> Result<String> {
    let (_, secret) = handed
        .trim()
        .rsplit_once(before)
        .context(before.to_owned())?;
    let ends = |c: char| c.is_whitespace() || "\"<,".contains(c);
    let secret = secret.split(ends).next().unwrap_or_default();
    ensure!(secret.len() >= 16, "nothing secret in {handed}");
    Ok(secret.to_owned())
}

/// What the command line hands out.
fn from_the_command_line(estate: &Estate, secrets: &mut Secrets) -> Result<()> {
    let handed = |words: &[&str]| estate.admin(words).expect_done().to_owned();
    let mut keep = |what: &str, secret: String| secrets.insert(what.to_owned(), secret);
    let ticket: Ticket = handed(&["ticket", "device"]).parse()?;
    keep("a ticket for devices", ticket.secret);
    let ticket: Ticket = handed(&["ticket", "relay", "--name", "two"]).parse()?;
    keep("a ticket for a relay", ticket.secret);
    let link = handed(&["user", "invite", "bo@acme.example", "--name", "Bo"]);
    keep("an invitation", secret_of(&link, "/")?);
    let token = handed(&["token", "create", "--user", ADMIN, "--scope", "see-devices"]);
    keep("a token of the command line", secret_of(&token, TOKEN)?);
    let hook = handed(&[
        "webhook",
        "add",
        "https://hooks.example/farpane",
        "--event",
        "*",
    ]);
    keep("what a webhook signs with", secret_of(&hook, HOOK)?);
    Ok(())
}

/// What a person is given in the console.
fn from_the_console(visitor: &mut Visitor, secrets: &mut Secrets) -> Result<()> {
    let mut keep = |what: &str, secret: String| {
        assert!(secret.len() >= 6, "{what}: {secret}");
        secrets.insert(what.to_owned(), secret);
    };
    let cookie = |visitor: &Visitor| {
        let (_, secret) = visitor.cookie.split_once('=').unwrap_or_default();
        secret.to_owned()
    };
    visitor.form("/sign-in", &[("email", ADMIN), ("password", MISTYPED)])?;
    let came = visitor.form("/sign-in", &[("email", ADMIN), ("password", PASSWORD)])?;
    ensure!(came.status == 303, "{}", came.text);
    keep("a console session", cookie(visitor));

    let fields = [
        ("place", "The whole organisation"),
        ("name", "backup"),
        ("days", "1"),
    ];
    let fields = [&fields[..], &[("scope", "see-devices")]].concat();
    let made = visitor.form("/account/tokens", &fields)?;
    let token = made.between("<code class=\"command\">", "</code>")?;
    keep("a token of the console", secret_of(&token, TOKEN)?);
    let made = visitor.form("/enrolment", &[("uses", "1"), ("hours", "1")])?;
    let command = made.between("<code class=\"command\">", "</code>")?;
    let ticket = command
        .split_whitespace()
        .find_map(|word| word.parse::<Ticket>().ok());
    keep("a ticket of the console", ticket.context(command)?.secret);
    let invited = [("email", "cleo@acme.example"), ("name", "Cleo")];
    let made = visitor.form("/people/invite", &invited)?;
    let link = made.between("<code class=\"command\">", "</code>")?;
    keep("a link of the console", secret_of(&link, "/")?);

    let begun = visitor.form("/account/factors/app/begin", &[])?;
    let page = visitor.get(&begun.location)?;
    let letters = page.between("<code class=\"letters\">", "</code>")?;
    let draft = page.between("name=\"draft\" value=\"", "\"")?;
    let app = code(&letters)?;
    let done = visitor.form("/account/factors/app", &[("draft", &draft), ("code", &app)])?;
    ensure!(done.status == 303, "{}", done.text);
    keep("the secret of an app as it is shown", letters.clone());
    keep("the secret of an app", letters.replace(' ', ""));
    keep("a console session with an app", cookie(visitor));
    let codes = visitor.form("/account/factors/recovery-codes", &[])?;
    for (n, code) in codes.text.split("<li><code>").skip(1).enumerate() {
        let code = code.split('<').next().unwrap_or_default();
        keep(&format!("recovery code {n}"), code.to_owned());
    }
    Ok(())
}

/// What agents are given.
fn from_the_agents(estate: &Estate, visitor: &mut Visitor, secrets: &mut Secrets) -> Result<()> {
    let host = farpane_certs::keys::load(&estate.folder().join("till-07/host.key"))?;
    let client = DirectoryClient::new(estate.url(), estate.pin().parse()?)?;
    let proof = visitor.runtime.block_on(client.challenge(&host))?;
    let asked = TokenRequest {
        key: host.public(),
        proof,
        version: "0.1.0".into(),
    };
    let given = visitor.json(path::TOKEN, &serde_json::to_value(asked)?)?;
    let given: Value = serde_json::from_str(&given.text)?;
    let token = given["token"].as_str().context("a token")?;
    secrets.insert("the token of an agent".into(), token.to_owned());

    let viewer = SecretKey::from_seed(farpane_certs::random::bytes());
    let asked = DeviceCodeRequest {
        key: viewer.public(),
        proof: visitor.runtime.block_on(client.challenge(&viewer))?,
        name: "laptop".into(),
        version: "0.1.0".into(),
    };
    let code = visitor.json(path::DEVICE_CODE, &serde_json::to_value(asked)?)?;
    let code: DeviceCode = serde_json::from_str(&code.text)?;
    secrets.insert("the code of a viewer".into(), code.device_code);
    Ok(())
}

/// Shows every secret where it is refused, and asks for everything that is shown later.
fn look_everywhere(visitor: &mut Visitor, secrets: &Secrets) -> Result<()> {
    for secret in secrets.values() {
        let path = "/api/v1/me";
        let request = visitor.client.get(format!("{}{path}", visitor.url));
        let request = request.header(AUTHORIZATION, format!("Bearer wrong{secret}"));
        visitor.send(path.into(), request)?;
        for path in ["/link/", "/api/v1/tokens/"] {
            // The address holds it; the answer must not.
            let request = visitor
                .client
                .get(format!("{}{path}wrong{secret}", visitor.url));
            visitor.send(path.into(), request)?;
        }
        visitor.json("/api/v1/groups", &json!({ "nmae": secret }))?;
        visitor.json("/api/v1/tickets", &json!({ "customer": secret }))?;
    }
    let pages = farpane_directory::http::Endpoint::ALL.iter();
    let pages = pages.filter(|page| page.method() == Method::GET && !page.path().contains('{'));
    for page in pages {
        let goes_on = ["/api/v1/events", "/live"];
        if !goes_on.contains(&page.path()) && !page.path().contains("/factors/app") {
            visitor.get(page.path())?;
        }
    }
    Ok(())
}

fn texts_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_dir() {
            texts_below(&path, found)?;
        } else if let Ok(bytes) = fs::read(&path) {
            found.push((path.display().to_string(), bytes));
        }
    }
    Ok(())
}

#[test]
fn secrets_are_in_no_log_no_record_and_no_later_answer() -> Result<()> {
    farpane_certs::install_provider();
    let out = tempfile::tempdir()?;
    let json = out.path().join("record.jsonl");
    let json = json.to_string_lossy();
    let estate = Estate::start_talkative(&["--audit-json", &json])?;
    let host = estate.enroll_host("till-07", &[]);
    drop(host);
    let mut secrets = Secrets::new();
    for (what, secret) in [
        ("the password", PASSWORD),
        ("a mistyped password", MISTYPED),
        ("the password of a link", SECOND_PASSWORD),
        ("the passphrase of a backup", PASSPHRASE),
    ] {
        secrets.insert(what.to_owned(), secret.to_owned());
    }
    from_the_command_line(&estate, &mut secrets)?;
    let mut visitor = Visitor::new(&estate)?;
    from_the_console(&mut visitor, &mut secrets)?;
    from_the_agents(&estate, &mut visitor, &mut secrets)?;
    let link = format!("/link/{}", secrets["an invitation"]);
    let set = [("password", SECOND_PASSWORD)];
    let cookie = std::mem::take(&mut visitor.cookie);
    ensure!(visitor.form(&link, &set)?.status == 200, "the link opens");
    visitor.form(&link, &set)?; // and not again
    visitor.cookie = cookie;
    let phrase = out.path().join("phrase");
    fs::write(&phrase, PASSPHRASE)?;
    let backup = out.path().join("backup").display().to_string();
    let phrase = phrase.display().to_string();
    let words = ["db", "backup", &backup, "--passphrase-file", &phrase];
    estate.admin(&words).expect_done();
    fs::remove_file(&phrase)?;

    // From here on nothing may say any of it.
    visitor.heard.clear();
    look_everywhere(&mut visitor, &secrets)?;
    let record = out.path().join("export.jsonl").display().to_string();
    estate.admin(&["audit", "export", &record]).expect_done();
    let mut texts: Vec<_> = visitor
        .heard
        .drain(..)
        .map(|(what, text)| (what, text.into_bytes()))
        .collect();
    for words in [
        &["audit", "list", "--json"][..],
        &["ticket", "list", "--json"],
        &["token", "list", "--user", ADMIN, "--json"],
        &["user", "list", "--json"],
    ] {
        let said = estate.admin(words).expect_done().to_owned();
        texts.push((words.join(" "), said.into_bytes()));
    }
    texts_below(out.path(), &mut texts)?;
    texts_below(&estate.folder().join("directory"), &mut texts)?;
    for log in [&estate.directory, &estate.relay] {
        texts.push(("a log".into(), log.log().into_bytes()));
    }
    let log = estate.directory.log();
    ensure!(log.contains("TRACE"), "it is as talkative as it gets");
    let mut told = Vec::new();
    for (place, text) in &texts {
        for (what, secret) in &secrets {
            if text
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
            {
                told.push(format!("{place} says {what}"));
            }
        }
    }
    told.sort();
    told.dedup();
    assert!(told.is_empty(), "{}", told.join("\n"));
    Ok(())
}
