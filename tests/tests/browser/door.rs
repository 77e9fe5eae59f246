//! The door of the console: what its answers tell browsers, which cookies it keeps, and that no
//! other page can use it in a person's name.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use anyhow::Result;
use farpane_tests::rig::browser::{Browser, trust};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};
use reqwest::StatusCode;

use super::turn;

#[test]
fn the_only_cookie_is_one_that_scripts_and_other_sites_never_get() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let browser = estate.browser("browser")?;
    browser.open("/sign-in")?;
    assert!(browser.cookies()?.is_empty(), "none before it is needed");
    browser.sign_in(ADMIN, PASSWORD)?;
    let cookies = browser.cookies()?;
    let names: Vec<_> = cookies.iter().map(|cookie| cookie.name.as_str()).collect();
    assert_eq!(names, ["__Host-farpane"]);
    let cookie = serde_json::to_value(&cookies[0])?;
    assert_eq!(cookie["secure"], true, "{cookie}");
    assert_eq!(cookie["httpOnly"], true, "{cookie}");
    assert_eq!(cookie["sameSite"], "Strict", "{cookie}");
    assert_eq!(cookie["path"], "/", "{cookie}");
    assert_eq!(browser.js("return document.cookie", &[])?, "");
    assert_eq!(
        browser.js("return localStorage.length + sessionStorage.length", &[])?,
        0
    );
    // Signing out takes it away, and it opens nothing afterwards.
    browser.click("form[action='/sign-out'] button")?;
    browser.expect_path("/sign-in");
    assert!(browser.cookies()?.is_empty());
    let secret = cookie["value"].as_str().unwrap_or_default().to_owned();
    let request = trust::client(&estate.folder().join("directory"))?
        .get(format!("{}/devices", estate.url()))
        .header("cookie", format!("__Host-farpane={secret}"));
    let answer = tokio::runtime::Runtime::new()?.block_on(request.send())?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    browser.finish();
    Ok(())
}

#[test]
fn a_browser_that_trusts_another_directory_is_kept_away() -> Result<()> {
    let _turn = turn();
    let (estate, other) = (Estate::start()?, Estate::start()?);
    let folder = estate.folder().join("browser");
    let trusted = other.folder().join("directory");
    let browser = Browser::start(&folder, estate.url(), &trusted, &[])?;
    browser.open("/sign-in").ok(); // what it shows instead counts
    browser.expect_text("body", "ERR_CERT_AUTHORITY_INVALID");
    assert_eq!(browser.count("form")?, 0);
    Ok(())
}

#[test]
fn there_is_no_way_to_set_it_up_again() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let client = trust::client(&estate.folder().join("directory"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let answer = |method: &str, path: &str| -> Result<StatusCode> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let request = client
            .request(method, format!("{}{path}", estate.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("email=eve@example.org&password=correct+horse+battery+staple");
        Ok(runtime.block_on(request.send())?.status())
    };
    let words = [
        "setup",
        "set-up",
        "init",
        "install",
        "wizard",
        "SetupWizard.aspx",
        "first-run",
        "register",
        "sign-up",
        "bootstrap",
        "admin/setup",
    ];
    let endings = [
        "",
        "/",
        "/x",
        ";x",
        "%00",
        "%2f",
        "/..%2fsetup",
        ".html",
        "?a=b",
        "//",
    ];
    let mut tried = 0;
    for word in words {
        for word in [
            word.to_owned(),
            word.to_uppercase(),
            word.replace('e', "%65"),
        ] {
            for prefix in ["/", "//", "/./", "/api/v1/", "/agent/v1/", "/assets/"] {
                for ending in endings {
                    for method in ["GET", "POST"] {
                        let path = format!("{prefix}{word}{ending}");
                        let status = answer(method, &path)?;
                        let shut = [
                            StatusCode::NOT_FOUND,
                            StatusCode::METHOD_NOT_ALLOWED,
                            StatusCode::BAD_REQUEST,
                            StatusCode::TOO_MANY_REQUESTS,
                        ];
                        assert!(shut.contains(&status), "{method} {path}: {status}");
                        tried += 1;
                    }
                }
            }
        }
    }
    println!("tried {tried} ways");
    Ok(())
}

/// A stranger's web server on this machine: every path gets the same page.
fn stranger(page: String) -> Result<(String, thread::JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let thread = thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            if request[..read].starts_with(b"GET /over") {
                break;
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{page}",
                page.len()
            );
            stream.write_all(answer.as_bytes()).ok(); // the browser may have gone on
        }
    });
    Ok((address, thread))
}

#[test]
fn a_strangers_page_can_neither_act_nor_look_in_a_persons_name() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut browser = estate.browser("browser")?;
    browser.sign_in(ADMIN, PASSWORD)?;
    let origin = estate.url();
    let page = format!(
        "<!doctype html><title>stranger</title>
         <iframe id=frame src='{origin}/devices'></iframe>
         <form id=act action='{origin}/enrolment' method=post>
           <input name=uses value=5><input name=hours value=1></form>
         <form id=out action='{origin}/sign-out' method=post></form>"
    );
    let (stranger, thread) = stranger(page)?;
    // The stranger's own address and the refusals are what this is about.
    for expected in [
        &stranger,
        "Refused to display",
        "frame",
        "ERR_BLOCKED",
        "ERR_FAILED",
        "favicon.ico", // a refusal is no page and names no icon
        "403",
        "CORS",
        "cors",
    ] {
        browser.excuse(expected);
    }
    // In a frame: nothing of the console is shown.
    browser.open_url(&stranger)?;
    let framed = browser.js(
        "try { return document.getElementById('frame').contentDocument?.body?.innerText ?? null }
         catch (error) { return 'foreign' }",
        &[],
    )?;
    assert!(
        framed.is_null() || framed == "" || framed == "foreign",
        "{framed}"
    );
    // By script: no answer that can be read.
    let read = browser.js_later(
        "const done = arguments[arguments.length - 1];
         Promise.all(['/devices', '/api/v1/devices', '/api/v1/events'].map(path =>
           fetch(arguments[0] + path, {credentials: 'include'}).then(answer => answer.text(), () => null)))
         .then(done)",
        &[origin.into()],
    )?;
    assert_eq!(read, serde_json::json!([null, null, null]));
    let heard = browser.js_later(
        "const done = arguments[arguments.length - 1];
         const stream = new EventSource(arguments[0] + '/api/v1/events', {withCredentials: true});
         stream.onmessage = stream.onopen = () => done('heard');
         stream.onerror = () => { stream.close(); done('refused'); };",
        &[origin.into()],
    )?;
    assert_eq!(heard, "refused");
    // By form: no ticket is made, and nobody is signed out.
    for form in ["act", "out"] {
        browser.open_url(&stranger)?;
        browser.js(&format!("document.getElementById('{form}').submit()"), &[])?;
        farpane_tests::rig::wait_until(
            "the answer",
            farpane_tests::rig::browser::PAGE_WAIT,
            || {
                browser
                    .js("return location.origin", &[])
                    .is_ok_and(|now| now == origin)
            },
        );
        assert_eq!(browser.status()?, 403, "{form}");
    }
    assert!(
        estate
            .audit("ticket")
            .iter()
            .all(|line| !line.contains("device_ticket") && !line.contains("\"uses\":5"))
    );
    browser.open("/devices")?;
    assert_eq!(browser.path()?, "/devices", "still signed in");
    browser.finish();
    let mut last = std::net::TcpStream::connect(stranger.trim_start_matches("http://"))?;
    last.write_all(b"GET /over HTTP/1.1\r\n\r\n")?;
    thread.join().ok();
    Ok(())
}
