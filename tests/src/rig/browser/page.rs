//! What a person does with a page: opens it, reads it, clicks, types. Parts are named by CSS
//! selectors; whatever has to appear first is waited for.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;
use thirtyfour::{By, WebElement};

use super::{Browser, PAGE_WAIT};
use crate::rig::{wait_for, wait_until};

impl Browser {
    /// Opens a page of the directory by its path.
    pub fn open(&self, path: &str) -> Result<()> {
        self.open_url(&format!("{}{path}", self.origin))
    }

    /// Opens any page.
    pub fn open_url(&self, url: &str) -> Result<()> {
        self.ask(self.driver().goto(url))
            .with_context(|| format!("opening {url}"))
    }

    /// Signs in with a password.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<()> {
        self.open("/sign-in")?;
        self.fill("input[name=email]", email)?;
        self.fill("input[name=password]", password)?;
        self.click("form[action='/sign-in'] button")?;
        self.expect_path("/");
        Ok(())
    }

    /// Path and query of the page that is open.
    pub fn path(&self) -> Result<String> {
        let url = self.ask(self.driver().current_url())?;
        let query = url.query().map(|query| format!("?{query}"));
        Ok(format!("{}{}", url.path(), query.unwrap_or_default()))
    }

    /// Waits until the open page has that path.
    #[track_caller]
    pub fn expect_path(&self, path: &str) {
        wait_until(&format!("the page {path}"), PAGE_WAIT, || {
            self.path().is_ok_and(|now| now == path)
        });
    }

    /// Waits for a part.
    #[track_caller]
    pub fn expect(&self, css: &str) {
        self.find(css);
    }

    /// Waits until there is no such part.
    #[track_caller]
    pub fn expect_none(&self, css: &str) {
        wait_until(&format!("{css} to go"), PAGE_WAIT, || {
            self.count(css).is_ok_and(|count| count == 0)
        });
    }

    /// Waits until the text of a part contains `words`.
    #[track_caller]
    pub fn expect_text(&self, css: &str, words: &str) {
        wait_until(&format!("\"{words}\" in {css}"), PAGE_WAIT, || {
            self.texts(css)
                .is_ok_and(|all| all.iter().any(|text| text.contains(words)))
        });
    }

    #[track_caller]
    fn find(&self, css: &str) -> WebElement {
        wait_for(&format!("{css} on the page"), PAGE_WAIT, || {
            self.ask(self.driver().find(By::Css(css))).ok()
        })
    }

    /// How many parts there are now.
    pub fn count(&self, css: &str) -> Result<usize> {
        Ok(self.ask(self.driver().find_all(By::Css(css)))?.len())
    }

    /// What parts say now, as a person reads it.
    pub fn texts(&self, css: &str) -> Result<Vec<String>> {
        let parts = self.ask(self.driver().find_all(By::Css(css)))?;
        parts.iter().map(|part| self.ask(part.text())).collect()
    }

    /// What a part says, once it is there.
    #[track_caller]
    pub fn text(&self, css: &str) -> Result<String> {
        let part = self.find(css);
        self.ask(part.text())
    }

    /// An attribute of a part, once it is there.
    #[track_caller]
    pub fn attribute(&self, css: &str, name: &str) -> Result<Option<String>> {
        let part = self.find(css);
        self.ask(part.attr(name))
    }

    /// Clicks a part, once it is there. A part that the page renews meanwhile is looked for again.
    #[track_caller]
    pub fn click(&self, css: &str) -> Result<()> {
        let clicked = wait_for(&format!("{css} on the page"), PAGE_WAIT, || {
            let part = self.ask(self.driver().find(By::Css(css))).ok()?;
            let clicked = self.runtime.block_on(async {
                part.scroll_into_view().await?;
                part.click().await
            });
            match clicked {
                Err(error) if is_stale(&error) => None,
                clicked => Some(clicked),
            }
        });
        clicked.with_context(|| format!("clicking {css}"))
    }

    /// Clicks the part whose text contains `words`.
    #[track_caller]
    pub fn click_on(&self, css: &str, words: &str) -> Result<()> {
        let part = wait_for(&format!("\"{words}\" in {css}"), PAGE_WAIT, || {
            let parts = self.ask(self.driver().find_all(By::Css(css))).ok()?;
            parts
                .into_iter()
                .find(|part| self.ask(part.text()).is_ok_and(|text| text.contains(words)))
        });
        self.ask(part.scroll_into_view())?;
        self.ask(part.click())
            .with_context(|| format!("clicking \"{words}\""))
    }

    /// Types into an emptied field.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = self.find(css);
        self.ask(field.clear())?;
        self.ask(field.send_keys(text))
            .with_context(|| format!("typing into {css}"))
    }

    /// Chooses the entry with that value in a list.
    #[track_caller]
    pub fn choose(&self, css: &str, value: &str) -> Result<()> {
        self.click(&format!("{css} option[value='{value}']"))
    }

    /// Presses keys wherever the focus is.
    pub fn press(&self, keys: impl Into<TypingData>) -> Result<()> {
        let keys: TypingData = keys.into();
        let actions = self.driver().action_chain().send_keys(keys);
        self.ask(actions.perform())
    }

    /// Runs a script in the page and gives back what it returns.
    pub fn js(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        let arguments = arguments.to_vec();
        let answer = self.ask(self.driver().execute(script, arguments))?;
        Ok(answer.json().clone())
    }

    /// The same for a script that calls its last argument when it is done.
    pub fn js_later(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        let arguments = arguments.to_vec();
        let answer = self.ask(self.driver().execute_async(script, arguments))?;
        Ok(answer.json().clone())
    }

    /// The cookies that the browser keeps for the directory.
    pub fn cookies(&self) -> Result<Vec<Cookie>> {
        self.ask(self.driver().get_all_cookies())
    }

    /// The status with which the directory answered the open page.
    pub fn status(&self) -> Result<u64> {
        let status = self.js(
            "return performance.getEntriesByType('navigation')[0].responseStatus",
            &[],
        )?;
        let status = status.as_u64().context("no status")?;
        ensure!(status > 0, "the page came from nowhere");
        Ok(status)
    }
}

fn is_stale(error: &WebDriverError) -> bool {
    matches!(
        error.as_inner(),
        WebDriverErrorInner::StaleElementReference(_)
    )
}
