//! A browser trusts the directory's own authority because it is in the certificate store of its
//! (temporary) home, as an administrator would put it there; no check is switched off.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::rig::process::run;

/// The certificate of a directory's authority, as PEM: the last of the chain that it shows.
pub fn authority(directory: &Path) -> Result<String> {
    let chain = fs::read_to_string(directory.join("console-certificate.pem"))
        .context("the directory has not served yet")?;
    let begin = "-----BEGIN CERTIFICATE-----";
    let end = "-----END CERTIFICATE-----";
    let from = chain.rfind(begin).context("no certificate")?;
    let to = chain.rfind(end).context("no certificate")?;
    Ok(format!("{}\n", &chain[from..to + end.len()]))
}

/// A client without a page around it that trusts a directory as browsers do, and follows nothing.
pub fn client(directory: &Path) -> Result<reqwest::Client> {
    let authority = reqwest::Certificate::from_pem(authority(directory)?.as_bytes())?;
    let client = reqwest::Client::builder()
        .tls_certs_only([authority])
        .redirect(reqwest::redirect::Policy::none());
    Ok(client.build()?)
}

/// Makes the certificate store of a user with that home, with one authority in it.
pub fn trust(home: &Path, authority: &str) -> Result<()> {
    let store = home.join(".pki/nssdb");
    fs::create_dir_all(&store)?;
    let file = home.join("authority.pem");
    fs::write(&file, authority)?;
    let store = format!("sql:{}", store.display());
    let certutil = |words: &[&str]| {
        let mut command = Command::new("certutil");
        command.args(["-d", &store]).args(words);
        run(command).expect_done();
    };
    certutil(&["-N", "--empty-password"]);
    let file = file.to_string_lossy();
    // C: an authority for servers, and for nothing else.
    certutil(&["-A", "-t", "C,,", "-n", "directory", "-i", &file]);
    Ok(())
}
