//! A real browser, spoken to over its debugging pipe: types into forms, presses buttons, takes pictures.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64;
use serde_json::{Value, json};

/// One tab of a headless Chromium; killed when dropped.
pub struct Browser {
    child: Child,
    session: String,
    id: u64,
    rest: Vec<u8>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None`, with the reason printed, where there is no Chromium.
    pub fn start() -> Option<Browser> {
        let profile = tempfile::tempdir().expect("folder");
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let found = names.into_iter().find(|name| {
            let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        });
        let Some(name) = found else {
            println!("skipped: no Chromium here");
            return None;
        };
        // The pipe is descriptors 3 and 4; the shell puts our two streams there.
        let line = format!(
            "exec {name} --headless --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage \
             --disable-background-networking --remote-debugging-pipe --user-data-dir=\"$0\" about:blank 3<&0 4>&1 1>&2"
        );
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).arg(profile.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().expect("a shell");
        let mut browser = Browser { child, session: String::new(), id: 0, rest: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = browser.call("Target.attachToTarget", attach)["sessionId"].as_str()?.to_owned();
        browser.call("Page.enable", json!({}));
        Some(browser)
    }

    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.id += 1;
        let mut message = json!({ "id": self.id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let pipe = self.child.stdin.as_mut().expect("piped");
        pipe.write_all(message.to_string().as_bytes())
            .and_then(|()| pipe.write_all(b"\0"))
            .expect("the browser listens");
        self.id
    }

    fn next(&mut self) -> Value {
        loop {
            if let Some(end) = self.rest.iter().position(|b| *b == 0) {
                let message: Vec<u8> = self.rest.drain(..=end).collect();
                return serde_json::from_slice(&message[..end]).expect("JSON");
            }
            let mut block = [0; 65536];
            let length = self.child.stdout.as_mut().expect("piped").read(&mut block).expect("the browser answers");
            assert!(length > 0, "the browser ended");
            self.rest.extend_from_slice(&block[..length]);
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        loop {
            let message = self.next();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn until_loaded(&mut self) {
        while self.next()["method"] != "Page.loadEventFired" {}
    }

    pub fn open(&mut self, address: &str) {
        self.send("Page.navigate", json!({ "url": address }));
        self.until_loaded();
    }

    /// The value of a piece of script, run beside the page's own (which has none).
    pub fn value(&mut self, script: &str) -> Value {
        let answer = self.call("Runtime.evaluate", json!({ "expression": script, "returnByValue": true }));
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    pub fn text(&mut self) -> String {
        self.value("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Writes into fields of the form at `form` and sends it.
    #[track_caller]
    pub fn fill(&mut self, form: &str, fields: &[(&str, &str)]) {
        let fields: serde_json::Map<String, Value> = fields.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
        let script = format!(
            "(() => {{ const f = document.querySelector({}); if (!f) return 'no form';
              for (const [k, v] of Object.entries({})) {{ if (!f.elements[k]) return 'no ' + k; f.elements[k].value = v; }}
              if (!f.checkValidity()) return 'not valid'; f.requestSubmit(); return ''; }})()",
            json!(form),
            Value::Object(fields)
        );
        let said = self.value(&script);
        assert_eq!(said, "", "{form} on {}", self.text());
        self.until_loaded();
    }

    /// Follows the link with these words.
    pub fn follow(&mut self, words: &str) {
        let script = format!(
            "(() => {{ const a = [...document.querySelectorAll('a')].find(a => a.innerText.trim().includes({}));
              if (!a) return 'no link'; a.click(); return ''; }})()",
            json!(words)
        );
        let said = self.value(&script);
        assert_eq!(said, "", "{words} on {}", self.text());
        self.until_loaded();
    }

    /// The whole page as a picture, `width` CSS pixels wide.
    pub fn picture(&mut self, width: u32) -> Vec<u8> {
        let mobile = width < 600;
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": mobile });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.call("Page.captureScreenshot", params);
        BASE64.decode(shot["data"].as_str().expect("a picture").as_bytes()).expect("base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
