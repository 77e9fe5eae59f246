//! A browser that keeps cookies and follows nothing, and an authenticator that makes and shows
//! passkeys (WebAuthn, ES256), both as small as these tests need.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_directory::totp::AppSecret;
use farpane_protocol::time::Timestamp;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, REFERER, SET_COOKIE};
use reqwest::{Method, Response};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::agents::Agent;
use crate::world::{ADMIN, PASSWORD, World};

/// What came back.
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Shown {
    /// What stands between two texts on the page.
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let start = self.text.find(before).expect("the text before") + before.len();
        let end = self.text[start..].find(after).expect("the text after");
        self.text[start..start + end].to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// The kind of problem.
    pub(crate) fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().expect("a kind").to_owned();
        kind.trim_start_matches("/problems/").to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Browser<'a> {
    world: &'a World,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Every answer, for those who look for secrets in them.
    pub(crate) seen: Vec<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            cookies: BTreeMap::new(),
            seen: Vec::new(),
        }
    }

    /// Signed in as the administrator, with a password alone.
    pub(crate) async fn signed_in(world: &'a World) -> Self {
        let mut browser = Self::new(world);
        let shown = browser.password(ADMIN, PASSWORD).await;
        assert_eq!((shown.status, shown.location.as_str()), (303, "/"));
        browser
    }

    async fn take(&mut self, response: Response) -> Shown {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().expect("text");
            let (name, value) = set
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a pair");
            for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
                assert!(set.contains(part), "{part} in {set}");
            }
            assert!(
                name.starts_with("__Host-") && !set.contains("Domain"),
                "{set}"
            );
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = headers.get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let text = response.text().await.unwrap_or_default();
        self.seen.push(text.clone());
        assert!(status < 500, "{status}: {text}");
        Shown {
            status,
            location,
            text,
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        Agent::new(self.world)
            .request(method, path)
            .header(COOKIE, cookies.join("; "))
    }

    pub(crate) async fn get(&mut self, path: &str) -> Shown {
        let response = self.request(Method::GET, path).send().await;
        self.take(response.expect("an answer")).await
    }

    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let body: Vec<_> = fields
            .iter()
            .map(|(name, value)| {
                let value: String =
                    url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                format!("{name}={value}")
            })
            .collect();
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(REFERER, self.world.url("/account/factors"))
            .body(body.join("&"));
        let response = request.send().await.expect("an answer");
        self.take(response).await
    }

    pub(crate) async fn json(&mut self, path: &str, body: &Value) -> Shown {
        let response = self.request(Method::POST, path).json(body).send().await;
        self.take(response.expect("an answer")).await
    }

    /// The first step of signing in.
    pub(crate) async fn password(&mut self, email: &str, password: &str) -> Shown {
        self.form("/sign-in", &[("email", email), ("password", password)])
            .await
    }

    /// The second.
    pub(crate) async fn code(&mut self, code: &str) -> Shown {
        self.form("/sign-in/second", &[("code", code)]).await
    }

    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/account").await.status == 200
    }

    /// Sets up an authenticator app, as a person does.
    pub(crate) async fn set_up_app(&mut self) -> App {
        let begun = self.form("/account/factors/app/begin", &[]).await;
        assert_eq!(begun.status, 303, "{}", begun.text);
        let page = self.get(&begun.location).await;
        let letters = page.between("<code class=\"letters\">", "</code>");
        let draft = page.between("name=\"draft\" value=\"", "\"");
        let picture = format!("/account/factors/app/picture?draft={draft}");
        assert_eq!(self.get(&picture).await.status, 200);
        let app = App::new(&letters);
        let code = app.code(self.world.clock.now());
        let fields = [("draft", draft.as_str()), ("code", &code)];
        let done = self.form("/account/factors/app", &fields).await;
        assert_eq!(done.status, 303, "{}", done.text);
        app
    }

    /// Makes a passkey.
    pub(crate) async fn make_passkey(&mut self, key: &Authenticator) -> Shown {
        let path = "/account/factors/passkeys";
        let begun = self.json(&format!("{path}/begin"), &json!({})).await;
        assert_eq!(begun.status, 200, "{}", begun.text);
        let begun = begun.json();
        let said = json!({
            "ceremony": begun["ceremony"],
            "answer": key.make(&begun["options"]),
            "name": "key ring",
        });
        self.json(path, &said).await
    }

    /// Shows one at a ceremony.
    pub(crate) async fn show_passkey(&mut self, path: &str, key: &Authenticator) -> Shown {
        let begun = self.json(&format!("{path}/begin"), &json!({})).await;
        assert_eq!(begun.status, 200, "{}", begun.text);
        let begun = begun.json();
        let said = json!({
            "ceremony": begun["ceremony"],
            "answer": key.show(&begun["options"]),
        });
        self.json(path, &said).await
    }
}

/// An authenticator app.
pub(crate) struct App {
    secret: AppSecret,
    pub(crate) letters: String,
}

impl App {
    fn new(letters: &str) -> Self {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0);
        for letter in letters.bytes().filter(|byte| *byte != b' ') {
            let value = alphabet.iter().position(|known| *known == letter);
            held = held << 5 | u32::try_from(value.expect("base 32")).expect("small");
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from(held >> bits & 0xff).expect("a byte"));
            }
        }
        Self {
            secret: AppSecret::from_bytes(&bytes).expect("20 bytes"),
            letters: letters.to_owned(),
        }
    }

    pub(crate) fn code(&self, now: Timestamp) -> String {
        self.secret.code(now).expect("a code")
    }
}

/// An authenticator with one passkey.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    origin: String,
    owner: std::cell::RefCell<String>,
    /// Whether it asked for a finger or PIN.
    pub(crate) verifies: bool,
}

impl Authenticator {
    pub(crate) fn new(world: &World) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        Self {
            key: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("reads"),
            id: farpane_certs::random::bytes(),
            origin: format!("https://localhost:{}", world.address.port()),
            owner: std::cell::RefCell::default(),
            verifies: true,
        }
    }

    /// The same key as if its page had another address.
    pub(crate) fn at(mut self, origin: &str) -> Self {
        self.origin = origin.to_owned();
        self
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { 0x04 } else { 0 };
        let mut data = Sha256::digest(b"localhost").to_vec();
        data.push(0x01 | verified | flags);
        data.extend([0, 0, 0, 0]);
        data
    }

    fn make(&self, options: &Value) -> Value {
        let owner = options["user"]["id"].as_str().expect("an owner");
        owner.clone_into(&mut self.owner.borrow_mut());
        let mut data = self.data(0x40);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // The public key as COSE has it: EC2, ES256, P-256, x, y.
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).expect("below 256"));
        object.extend(&data);
        json!({
            "id": URL_SAFE_NO_PAD.encode(self.id),
            "rawId": URL_SAFE_NO_PAD.encode(self.id),
            "type": "public-key",
            "extensions": {},
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "clientDataJSON":
                    URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", options)),
            },
        })
    }

    pub(crate) fn show(&self, options: &Value) -> Value {
        let client = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signs");
        json!({
            "id": URL_SAFE_NO_PAD.encode(self.id),
            "rawId": URL_SAFE_NO_PAD.encode(self.id),
            "type": "public-key",
            "extensions": {},
            "response": {
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
                "userHandle": *self.owner.borrow(),
            },
        })
    }
}
