//! Throw-away: seeds a directory and serves its console in the clear, signed in.
#![allow(dead_code, unused_imports, clippy::all)]
#[path = "http/agents.rs"]
mod agents;
#[path = "http/world.rs"]
mod world;
use agents::*;
use farpane_directory::clock::Clock;
use farpane_protocol::api::*;
use farpane_protocol::scope::*;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn look() {
    let clock = Clock::by_hand(world::START);
    let w = world::World::with(clock.clone()).await;
    let empty = std::env::var("EMPTY").is_ok();
    let cookie = {
        let s = w
            .app
            .web_sign_in(
                world::ADMIN,
                world::PASSWORD,
                farpane_directory::app::Origin("127.0.0.1".parse().unwrap()),
            )
            .await
            .unwrap();
        format!("__Host-farpane={}", s.expose())
    };
    let mut keep = Vec::new();
    if !empty {
        let r = relay(&w, "oslo-1").await;
        let _r2 = relay(&w, "bergen-2").await;
        let stream = Stream::open(&r).await;
        let many: usize = std::env::var("MANY")
            .ok()
            .and_then(|m| m.parse().ok())
            .unwrap_or(0);
        let t = w.device_ticket(100000, Approval::Approved).await;
        for n in 0..many {
            Agent::new(&w)
                .enroll_device(&t.secret, &format!("pos-{n:05}"))
                .await
                .unwrap();
        }
        let mut hosts = Vec::new();
        for name in ["TILL-07", "lab-ubuntu", "REC-22", "front-desk", &"a very long device name that somebody typed into the installer without thinking about tables ".repeat(3), "<img src=x onerror=alert(1)>", "مكتب الاستقبال"] {
            hosts.push(host(&w, name).await);
        }
        let _p = host_with(&w, "new-laptop-3", Approval::Pending).await;
        let _p = host_with(&w, "unknown-kiosk", Approval::Pending).await;
        report(
            &r,
            &present(
                true,
                vec![
                    hosts[0].at(r.public(), 1),
                    hosts[1].at(r.public(), 1),
                    hosts[2].at(r.public(), 1),
                    hosts[4].at(r.public(), 1),
                ],
            ),
        )
        .await
        .unwrap();
        clock.advance(Duration::from_secs(60));
        report(
            &r,
            &RelayReport {
                whole: false,
                present: vec![],
                gone: vec![hosts[2].agent.public()],
            },
        )
        .await
        .unwrap();
        clock.advance(Duration::from_secs(3 * 86400));
        report(
            &r,
            &RelayReport {
                whole: false,
                present: vec![],
                gone: vec![hosts[1].agent.public()],
            },
        )
        .await
        .unwrap();
        clock.advance(Duration::from_secs(200));
        let mut hosts0 = hosts.remove(0);
        let mut v = viewer(&w).await;
        v.authenticate().await;
        hosts0.agent.authenticate().await;
        let g = v.ask(hosts0.id).await.unwrap();
        let ev = |what| HostEvent {
            session: Some(g.session),
            grant: None,
            what,
        };
        hosts0
            .agent
            .post::<()>(path::HOST_EVENT, &ev(HostFact::Asked))
            .await
            .unwrap();
        hosts0
            .agent
            .post::<()>(
                path::HOST_EVENT,
                &ev(HostFact::Started {
                    scopes: view_and_control(),
                    by_person: true,
                }),
            )
            .await
            .unwrap();
        clock.advance(Duration::from_secs(754));
        hosts0
            .agent
            .post::<()>(
                path::HOST_EVENT,
                &ev(HostFact::Ended {
                    reason: "person_stopped".into(),
                }),
            )
            .await
            .unwrap();
        let g = v.ask(hosts0.id).await.unwrap();
        let ev = |what| HostEvent {
            session: Some(g.session),
            grant: None,
            what,
        };
        hosts0
            .agent
            .post::<()>(
                path::HOST_EVENT,
                &ev(HostFact::Started {
                    scopes: view_and_control(),
                    by_person: true,
                }),
            )
            .await
            .unwrap();
        let v2 = viewer(&w).await;
        v2.ask(hosts[3].id).await.unwrap();
        v2.ask(hosts0.id).await.ok();
        clock.advance(Duration::from_secs(42));
        keep.push(stream);
    }
    let app = w.app.clone();
    let c: axum::http::HeaderValue = cookie.parse().unwrap();
    let router = farpane_directory::http::router(app.clone()).layer(axum::middleware::from_fn(
        move |mut r: axum::extract::Request, n: axum::middleware::Next| {
            if !r.uri().query().unwrap_or("").contains("anon") {
                r.headers_mut().insert("cookie", c.clone());
            }
            n.run(r)
        },
    ));
    let l = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", std::env::var("PORT").unwrap()))
        .await
        .unwrap();
    println!("ready");
    farpane_directory::http::listener::Server::plain(router, app.shutdown.clone())
        .run(l)
        .await;
}
