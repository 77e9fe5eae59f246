//! Claims about `/api/v1/catalogue`: finding devices, changing one or many, files in and out.

use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::agents::{Agent, Answer, read};
use crate::console::{sign_in, sign_in_as};
use crate::seed::Seeded;
use crate::world::World;

struct Api<'a> {
    world: &'a World,
    cookie: String,
}

impl Api<'_> {
    async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> reqwest::Response {
        let path = format!("/api/v1/catalogue{path}");
        let request = Agent::new(self.world)
            .request(method, &path)
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, kind)
            .body(body);
        request.send().await.expect("an answer")
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Answer<Value> {
        let sent = self.send(method, path, "application/json", body.to_string());
        read(sent.await).await
    }

    async fn get(&self, path: &str) -> Value {
        let got = self.send(Method::GET, path, "application/json", String::new());
        read(got.await).await.expect("answers")
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, body).await.expect("answers")
    }

    async fn import(&self, options: &str, file: &str) -> Answer<Value> {
        let path = format!("/import{options}");
        let sent = self.send(Method::POST, &path, "text/csv", file.to_owned());
        read(sent.await).await
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let page = self.get(&format!("/devices?q={query}")).await;
        let items = page["items"].as_array().expect("a list").clone();
        items
            .iter()
            .map(|device| device["name"].as_str().expect("a name").to_owned())
            .collect()
    }
}

const FILE: &str = "\u{feff}name,customer,site,group,tags,os,serial\r\n\
    till-1,Oslo Shops,Harbour,Tills,till;vip,Windows 11,S1\r\n\
    till-2,oslo shops,Harbour,,till,Debian 12,S2\r\n\
    '=1+1,Bergen Bank,,,,Haiku,S3\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_in_whole_or_not_at_all_and_comes_out_harmless() {
    let world = World::start().await;
    let api = Api {
        cookie: sign_in(&world).await,
        world: &world,
    };
    let refused = api.import("", FILE).await.expect("answers");
    assert_eq!(
        (&refused["devices"], &refused["bad"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(refused["complaints"][2]["line"], 4);
    let why = refused["complaints"][2]["why"].as_str().expect("a reason");
    assert!(why.contains("Bergen Bank"), "{why}");
    assert!(api.names("").await.is_empty(), "nothing was written");
    let options = "?create_customers=true&create_places=true";
    for again in [false, true] {
        let done = api.import(options, FILE).await.expect("answers");
        assert_eq!(done["devices"], 3);
        assert_eq!(done["customers"], json!(u8::from(!again)));
        assert_eq!(done["places"], json!(if again { 0 } else { 2 }));
    }
    assert_eq!(api.names("").await, ["=1+1", "till-1", "till-2"]);
    assert_eq!(api.names("site:harbour%20-tag:vip").await, ["till-2"]);
    for (file, what) in [
        ("name,colour\r\n", "colour"),
        ("name\r\n", "customer"),
        ("customer,name,field.x\r\n", "field.x"),
    ] {
        let problem = api.import("", file).await.expect_err("refused");
        assert_eq!(problem.status, 400);
        assert!(problem.detail.contains(what), "{}", problem.detail);
    }
    let sent = api.send(Method::GET, "/export.csv?q=-tag:vip", "", String::new());
    let sent = sent.await;
    assert_eq!(sent.status(), StatusCode::OK);
    let text = sent.text().await.expect("a table");
    let lines: Vec<_> = text.split("\r\n").collect();
    assert!(
        lines[0].starts_with("id,name,customer,site,group,os"),
        "{text}"
    );
    assert!(lines[1].contains(",'=1+1,Bergen Bank,"), "{text}");
    assert!(
        lines[2].contains(",till-2,Oslo Shops,Harbour,,Debian 12,"),
        "{text}"
    );
    assert_eq!((lines.len(), lines[3]), (4, ""));
    assert_eq!(
        api.import("", &text).await.expect("answers")["devices"],
        2,
        "it goes in again"
    );
    assert_eq!(api.names("").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_belong_to_their_search() {
    let world = World::start().await;
    let api = Api {
        cookie: sign_in(&world).await,
        world: &world,
    };
    api.import("?create_customers=true&create_places=true", FILE)
        .await
        .expect("answers");
    let first = api.get("/devices?limit=2&sort=-name&count=true").await;
    assert_eq!(
        (&first["count"], &first["count_is_least"]),
        (&json!(3), &json!(false))
    );
    assert_eq!(first["items"][0]["name"], "till-2");
    assert_eq!(
        first["items"][1]["path"],
        json!(["Oslo Shops", "Harbour", "Tills"])
    );
    assert_eq!(first["items"][1]["approval"], "expected");
    assert!(first["previous"].is_null());
    let next = first["next"].as_str().expect("more");
    let second = api
        .get(&format!("/devices?limit=2&sort=-name&cursor={next}"))
        .await;
    assert_eq!(second["items"][0]["name"], "=1+1");
    assert!(second["next"].is_null());
    let back = second["previous"].as_str().expect("a page before");
    let back = api
        .get(&format!("/devices?limit=2&sort=-name&cursor={back}"))
        .await;
    assert_eq!(back["items"], first["items"]);
    for (path, status) in [
        (format!("/devices?limit=2&sort=name&cursor={next}"), 400),
        ("/devices?cursor=made-up".into(), 400),
        ("/devices?sort=colour".into(), 400),
        ("/devices?q=colour%3Ared".into(), 400),
        ("/devices?q=field.none%3A1".into(), 400),
    ] {
        let problem = api
            .ask(Method::GET, &path, Value::Null)
            .await
            .expect_err("refused");
        assert_eq!(problem.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_changed_one_by_one_and_together() {
    let world = World::start().await;
    let api = Api {
        cookie: sign_in(&world).await,
        world: &world,
    };
    api.import("?create_customers=true&create_places=true", FILE)
        .await
        .expect("answers");
    let field = json!({ "key": "cost", "kind": "number" });
    api.post("/fields", field.clone()).await;
    let twice = api
        .ask(Method::POST, "/fields", field)
        .await
        .expect_err("refused");
    assert_eq!(twice.status, 409);
    let found = api.get("/devices?q=till-1").await;
    let id = found["items"][0]["id"].as_str().expect("an id").to_owned();
    let one = format!("/devices/{id}");
    let change =
        json!({ "name": "Till one", "tag": ["new"], "untag": ["vip"], "fields": { "cost": "12" } });
    let changed = api.ask(Method::PATCH, &one, change).await.expect("changes");
    assert_eq!(changed["name"], "Till one");
    assert_eq!(changed["tags"], json!(["new", "till"]));
    assert_eq!(changed["fields"]["cost"], "12");
    assert_eq!(
        changed["hours_heard_by_day"].as_array().map(Vec::len),
        Some(30)
    );
    let bad = json!({ "name": "not kept", "fields": { "cost": "much" } });
    let problem = api
        .ask(Method::PATCH, &one, bad)
        .await
        .expect_err("refused");
    assert_eq!(problem.status, 400);
    assert_eq!(api.get(&one).await["name"], "Till one", "all or nothing");
    assert_eq!(api.names("field.cost:%3E10").await, ["Till one"]);

    let wish = json!({ "act": { "do": "tag", "tag": "Old" }, "query": "tag:till" });
    let preview = api.post("/bulk", wish).await;
    assert_eq!(
        (&preview["devices"], &preview["names"]),
        (&json!(2), &json!(["Till one", "till-2"]))
    );
    assert!(api.names("tag:old").await.is_empty(), "nothing changes yet");
    let bulk = preview["bulk"].as_str().expect("an id");
    let run = format!("/bulk/{bulk}/run");
    assert_eq!(api.post(&run, Value::Null).await["devices"], 2);
    let again = api
        .ask(Method::POST, &run, Value::Null)
        .await
        .expect_err("refused");
    assert_eq!(again.status, 409);
    assert_eq!(api.names("tag:old").await.len(), 2);
    assert_eq!(api.get("/bulk").await["items"][0]["bulk"], bulk);
    let undo = format!("/bulk/{bulk}/undo");
    assert_eq!(api.post(&undo, Value::Null).await["devices"], 2);
    assert!(api.names("tag:old").await.is_empty());

    let search = json!({ "name": "Debians", "query": "os:debian", "shared": true });
    api.post("/searches", search).await;
    assert_eq!(api.names("group:debians").await, ["till-2"]);
    let removed = api
        .ask(Method::DELETE, &one, Value::Null)
        .await
        .expect("removes");
    assert_eq!(api.names("till").await, ["till-2"]);
    let back = removed["bulk"].as_str().expect("an id");
    api.post(&format!("/bulk/{back}/undo"), Value::Null).await;
    assert_eq!(api.names("till").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_helps_one_customer_changes_and_sees_nothing_of_another() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let owner = Api {
        cookie: sign_in(world).await,
        world,
    };
    owner
        .import("?create_customers=true&create_places=true", FILE)
        .await
        .expect("answers");
    let all = owner.get("/devices?count=true").await["count"].as_u64();
    let dina = Api {
        cookie: sign_in_as(world, "dina@example.org").await,
        world,
    };
    assert!(dina.names("").await.is_empty());
    assert_eq!(dina.get("/devices?count=true").await["count"], 0);
    let places = dina.get("/places").await;
    assert_eq!(
        places["items"].as_array().map(Vec::len),
        Some(1),
        "{places}"
    );
    assert_eq!(places["items"][0]["name"], "Zz Bergen");
    let device = owner.get("/devices").await["items"][0]["id"].clone();
    let device = device.as_str().expect("an id");
    let hidden = dina
        .ask(Method::GET, &format!("/devices/{device}"), Value::Null)
        .await;
    assert_eq!(hidden.expect_err("refused").status, 404);
    let wish = json!({ "act": { "do": "remove" }, "query": "" });
    let preview = dina.post("/bulk", wish).await;
    assert_eq!(preview["devices"], 0);
    let wish = json!({ "act": { "do": "tag", "tag": "x" }, "devices": [device] });
    let preview = dina.post("/bulk", wish).await;
    assert_eq!(preview["devices"], 0, "as if it were not there");
    let theirs = owner
        .post(
            "/bulk",
            json!({ "act": { "do": "tag", "tag": "x" }, "query": "" }),
        )
        .await;
    let run = format!("/bulk/{}/run", theirs["bulk"].as_str().expect("an id"));
    let refused = dina
        .ask(Method::POST, &run, Value::Null)
        .await
        .expect_err("refused");
    assert_eq!(refused.status, 404, "another's preview");
    let sent = dina
        .send(Method::GET, "/export.csv", "", String::new())
        .await;
    let text = sent.text().await.expect("a table");
    assert_eq!(text.lines().count(), 1, "headings only: {text}");
    assert_eq!(
        owner.get("/devices?count=true").await["count"].as_u64(),
        all
    );
}
