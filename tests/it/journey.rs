//! The main journeys in a real browser, each page looked at for faults that a reader of screens or of small ones would meet.
//! `XUNJIAN_SHOTS=folder` keeps the pictures.

use std::path::Path;

use crate::support::browser::Browser;
use crate::support::city::City;
use crate::support::pages::{Service, person};

/// What an accessibility checker calls serious, asked of the page itself: names of fields, headings, contrast, overflow.
const FAULTS: &str = r#"(() => {
  const out = [];
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (!(e.labels && e.labels.length) && !e.getAttribute('aria-label')) out.push('no label: ' + e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll('a, button, summary')) {
    if (!e.textContent.trim() && !e.getAttribute('aria-label')) out.push('no words: ' + e.outerHTML.slice(0, 80));
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of ids) if (ids.filter(i => i === id).length > 1) out.push('twice: ' + id);
  if (document.querySelectorAll('h1').length !== 1) out.push('h1');
  if (!document.title || document.documentElement.lang !== 'zh-CN') out.push('title or language');
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) out.push('wider than the screen');
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const parse = s => (s.match(/[\d.]+/g) || []).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const a = light(parse(getComputedStyle(e).color).slice(0, 3)), b = light(ground(e).slice(0, 3));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) out.push('contrast ' + ratio.toFixed(2) + ': ' + e.outerHTML.slice(0, 80));
  }
  return out.join('\n');
})()"#;

struct Look {
    browser: Browser,
    at: String,
}

impl Look {
    fn open(&mut self, path: &str) {
        let address = format!("{}{path}", self.at);
        self.browser.open(&address);
    }

    /// The page in both widths: no fault, and a picture for whoever wants to see it.
    #[track_caller]
    fn look(&mut self, name: &str) {
        for width in [1280, 390] {
            let picture = self.browser.picture(width);
            let faults = self.browser.value(FAULTS);
            assert_eq!(faults, "", "{name} at {width}");
            if let Some(folder) = std::env::var_os("XUNJIAN_SHOTS") {
                let path = Path::new(&folder).join(format!("{name}-{width}.png"));
                std::fs::write(path, picture).expect("written");
            }
        }
    }

    fn log_in(&mut self, account: &str, password: &str) {
        self.open("/login");
        self.browser.fill("form[action='/login']", &[("account", account), ("password", password)]);
    }

    fn log_out(&mut self) {
        self.browser.fill("form[action='/logout']", &[]);
    }
}

#[test]
fn a_new_clerk_closes_a_problem_without_a_manual() {
    let Some(browser) = Browser::start() else { return };
    let city = City::serve(40, 7);
    city.patrol("data").must(0, &[]);
    let dir = city.path().to_owned();
    let rows = city.rows("data");
    let options = ["--targets", "city/targets.toml", "--data", "data"];
    let with = |more: &[&'static str]| -> Vec<String> { options.iter().chain(more).map(|s| (*s).to_owned()).collect() };
    let add = |account: &str, password: &str, more: &[&'static str]| {
        let all = with(more);
        person(&dir, account, password, &all.iter().map(String::as_str).collect::<Vec<_>>());
    };
    add("jg", "Jianguan-2026", &["--role", "监管", "--name", "王监管"]);
    add("gl", "Guanli-2026x", &["--role", "管理", "--name", "钱管理"]);
    add("sj", "Shenji-2026x", &["--role", "审计", "--name", "赵审计"]);
    assert!(!rows.is_empty());
    let service = Service::start(&dir, &options);
    let mut look = Look { browser, at: format!("http://{}", service.at) };

    look.open("/");
    look.look("01-login");
    look.log_in("jg", "Jianguan-2026");
    look.look("02-overview");
    look.open("/todo");
    look.look("03-todo");
    look.browser.follow("问题清单");
    look.look("04-list");
    // The first row of the list, whatever it is: issue it.
    let first = look.browser.value("document.querySelector('td a.number').getAttribute('href')");
    let first = first.as_str().expect("a row").to_owned();
    let unit = look.browser.value("document.querySelector('table.list tbody tr').cells[3].innerText");
    look.open(&first);
    look.look("05-problem");
    look.browser.fill("form[action$='/issue']", &[("reason", "请按时整改")]);
    assert!(look.browser.text().contains("已下发"));
    for (path, name) in [
        ("/sites", "06-sites"),
        ("/units", "07-units"),
        ("/runs", "08-runs"),
        ("/unclear", "09-unclear"),
        ("/reports", "10-reports"),
        ("/log", "11-log"),
        ("/help", "12-help"),
        ("/password", "13-password"),
    ] {
        look.open(path);
        look.look(name);
    }
    look.open("/sites");
    look.browser.follow("1");
    look.look("14-site");
    look.open("/units");
    look.browser.follow(unit.as_str().expect("a unit"));
    look.look("15-unit");
    look.log_out();

    // The 管理 makes the unit's account; the unit's clerk takes the row on.
    look.log_in("gl", "Guanli-2026x");
    look.open("/people");
    let id = format!("[...document.querySelectorAll('#unit option')].find(o => o.innerText === {}).value", unit);
    let id = look.browser.value(&id).as_str().expect("an id").to_owned();
    let clerk = [
        ("account", "jb"),
        ("name", "李经办"),
        ("role", "handler"),
        ("unit", id.as_str()),
        ("password", "Jingban-2026"),
    ];
    look.browser.fill("form[action='/people']", &clerk);
    look.look("16-people");
    look.log_out();
    look.log_in("jb", "Jingban-2026");
    look.browser.follow("办理待我办理的问题");
    look.look("17-todo-unit");
    look.open(&first);
    look.browser.fill("form[action$='/take']", &[("assignee", "李四")]);
    assert!(look.browser.text().contains("已认领"));
    look.browser.fill("form[action$='/claim']", &[("reason", "已经改好")]);
    assert!(look.browser.text().contains("已申请复核"));
    look.look("18-claimed");
    look.log_out();
    // Nobody has looked again yet: striking off is refused, and what was typed is still there.
    look.log_in("jg", "Jianguan-2026");
    look.open(&first);
    look.browser.fill("form[action$='/close']", &[("reason", "看过了")]);
    let said = look.browser.text();
    assert!(said.contains("没有写入"), "{said}");
    look.look("19-refused");
    look.log_out();
    look.log_in("sj", "Shenji-2026x");
    look.open("/trail");
    look.look("20-trail");
}
