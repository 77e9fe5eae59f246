//! What a browser complains about while a test uses it: errors of scripts, content that the
//! policy of the page forbids, questions that a page opens, requests to any other server.

use serde_json::Value;

use super::Browser;

/// Addresses that never leave the browser.
const INSIDE: &[&str] = &["data:", "blob:", "about:"];

impl Browser {
    /// From now on complaints that contain `words` are expected: the test is about them.
    pub fn excuse(&mut self, words: &str) {
        self.excused.push(words.to_owned());
    }

    /// Everything so far that no page of ours may cause.
    pub fn complaints(&mut self) -> Vec<String> {
        self.listen();
        let excused = |complaint: &String| self.excused.iter().any(|w| complaint.contains(w));
        let left = self.complaints.iter().filter(|c| !excused(c));
        left.cloned().collect()
    }

    /// Forgets everything so far.
    pub(super) fn forget_complaints(&mut self) {
        self.listen();
        self.complaints.clear();
    }

    /// Takes what the browser wrote since the last time.
    fn listen(&mut self) {
        let Some(driver) = &self.driver else { return };
        let console = self.runtime.block_on(driver.get_log("browser"));
        let events = self.runtime.block_on(driver.get_log("performance"));
        match console {
            Ok(lines) => {
                let bad = lines
                    .into_iter()
                    .filter(|line| line.level == "SEVERE" || line.level == "WARNING");
                self.complaints
                    .extend(bad.map(|line| format!("{}: {}", line.level, line.message)));
            }
            Err(error) => self.complaints.push(format!("no console to read: {error}")),
        }
        match events {
            Ok(lines) => {
                for line in lines {
                    let event: Value = serde_json::from_str(&line.message).unwrap_or_default();
                    self.complaints
                        .extend(complaint(&event["message"], &self.origin));
                }
            }
            Err(error) => self.complaints.push(format!("no events to read: {error}")),
        }
    }
}

/// What is wrong with one event of the browser.
fn complaint(event: &Value, origin: &str) -> Option<String> {
    let about = &event["params"];
    match event["method"].as_str()? {
        "Network.requestWillBeSent" => {
            let url = about["request"]["url"].as_str()?;
            let ours = url == origin || url.starts_with(&format!("{origin}/"));
            let inside = INSIDE.iter().any(|scheme| url.starts_with(scheme));
            (!ours && !inside).then(|| format!("a request to {url}"))
        }
        "Network.webSocketCreated" => Some(format!("a socket to {}", about["url"])),
        "Page.javascriptDialogOpening" => Some(format!("a question: {}", about["message"])),
        "Page.windowOpen" => Some(format!("a new window: {}", about["url"])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(url: &str) -> Value {
        json!({"method": "Network.requestWillBeSent", "params": {"request": {"url": url}}})
    }

    #[test]
    fn only_the_directorys_own_origin_is_ours() {
        let origin = "https://localhost:8443";
        for ours in [
            "https://localhost:8443/devices",
            "https://localhost:8443",
            "data:,x",
        ] {
            assert_eq!(complaint(&request(ours), origin), None, "{ours}");
        }
        for foreign in [
            "https://localhost:84430/devices",
            "https://localhost:8443.example/",
            "http://localhost:8443/",
            "https://example.org/a.js",
        ] {
            assert!(complaint(&request(foreign), origin).is_some(), "{foreign}");
        }
    }

    #[test]
    fn a_question_is_a_complaint() {
        let event = json!({"method": "Page.javascriptDialogOpening", "params": {"message": "1"}});
        assert!(complaint(&event, "https://localhost").is_some());
    }
}
